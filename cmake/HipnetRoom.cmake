# SPDX-License-Identifier: GPL-3.0-or-later
# hipnet_room(NAME SOURCES... [ROOMS...] [DOORS...]): one folder of lib/ as an object library.
#   ROOMS: the folders it may include (checked by tests/house); DOORS: the third-party libraries
#   that only it may use. hipnet_program and hipnet_check make programs and Check runners.

add_library(hipnet_flags INTERFACE)
target_include_directories(hipnet_flags INTERFACE ${PROJECT_SOURCE_DIR}/lib/include)
target_compile_definitions(hipnet_flags INTERFACE _GNU_SOURCE)
target_compile_options(hipnet_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow
  $<$<COMPILE_LANGUAGE:C>:-Wconversion -Wstrict-prototypes -Wmissing-prototypes>
  $<$<BOOL:${HN_WERROR}>:-Werror>
  $<$<CONFIG:Release>:-fno-math-errno>)
# One rounding per operation, whatever the processor: figures must not change with -O or FMA.
target_compile_options(hipnet_flags INTERFACE -ffp-contract=off)
if(HN_SANITIZE)
  target_compile_options(hipnet_flags INTERFACE
    -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  target_link_options(hipnet_flags INTERFACE -fsanitize=address,undefined)
endif()
if(HN_FUZZ)
  target_compile_options(hipnet_flags INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer)
  target_link_options(hipnet_flags INTERFACE -fsanitize=address,undefined)
endif()

function(hipnet_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS;DOORS" ${ARGN})
  add_library(hn_${name} OBJECT ${ARG_SOURCES})
  target_link_libraries(hn_${name} PUBLIC hipnet_flags PRIVATE ${ARG_DOORS})
  foreach(room ${ARG_ROOMS})
    target_link_libraries(hn_${name} PUBLIC hn_${room})
  endforeach()
  set_property(TARGET hn_${name} PROPERTY HIPNET_DOORS "${ARG_DOORS}")
  set_property(TARGET hn_${name} PROPERTY HIPNET_ROOMS "${ARG_ROOMS}")
endfunction()

# hipnet_closure(RESULT ROOMS...): the rooms and all that they may include, each once.
function(hipnet_closure result)
  set(found)
  set(waiting ${ARGN})
  while(waiting)
    list(POP_FRONT waiting room)
    if(TARGET hn_${room} AND NOT room IN_LIST found)
      list(APPEND found ${room})
      get_property(below TARGET hn_${room} PROPERTY HIPNET_ROOMS)
      list(APPEND waiting ${below})
    endif()
  endwhile()
  set(${result} ${found} PARENT_SCOPE)
endfunction()

# hipnet_link_rooms(TARGET ROOMS...): links the objects of just these rooms and those below.
function(hipnet_link_rooms target)
  hipnet_closure(rooms ${ARGN})
  foreach(room ${rooms})
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:hn_${room}>)
    get_property(doors TARGET hn_${room} PROPERTY HIPNET_DOORS)
    target_link_libraries(${target} PRIVATE ${doors})
  endforeach()
  target_link_libraries(${target} PRIVATE hipnet_flags m Threads::Threads)
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
endfunction()

# hipnet_library(NAME ROOMS...): the rooms' objects in one library, with what their doors need.
function(hipnet_library name)
  cmake_parse_arguments(ARG "" "" "ROOMS;LIBRARIES" ${ARGN})
  add_library(${name} STATIC)
  foreach(room ${ARG_ROOMS})
    target_sources(${name} PRIVATE $<TARGET_OBJECTS:hn_${room}>)
    get_property(doors TARGET hn_${room} PROPERTY HIPNET_DOORS)
    target_link_libraries(${name} PUBLIC ${doors})
  endforeach()
  target_link_libraries(${name} PUBLIC hipnet_flags ${ARG_LIBRARIES})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
endfunction()

function(hipnet_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES})
  target_link_options(${name} PRIVATE -Wl,--as-needed)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
