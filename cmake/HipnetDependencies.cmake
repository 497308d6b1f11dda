# SPDX-License-Identifier: GPL-3.0-or-later
# Every third-party library once; docs/architecture.md says what each is for. `./run deps`
# installs them on Debian.
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
pkg_check_modules(cjson REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(gsl REQUIRED IMPORTED_TARGET gsl)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(hdf5 REQUIRED IMPORTED_TARGET hdf5)
pkg_check_modules(vips REQUIRED IMPORTED_TARGET vips)
pkg_check_modules(openjpeg REQUIRED IMPORTED_TARGET libopenjp2)
find_package(DCMTK REQUIRED)

add_library(hipnet_dcmtk INTERFACE)
target_include_directories(hipnet_dcmtk SYSTEM INTERFACE ${DCMTK_INCLUDE_DIRS})
target_link_libraries(hipnet_dcmtk INTERFACE ${DCMTK_LIBRARIES})

if(HN_WITH_TORCH)
  find_package(Torch REQUIRED)
  add_library(hipnet_torch INTERFACE)
  target_link_libraries(hipnet_torch INTERFACE ${TORCH_LIBRARIES})
endif()
