/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * projector.h: solids in space and the lengths that a ray travels in each material.
 *
 * A solid is a quadric (ellipsoid, cylinder, cone with elliptic section) cut by half-spaces; with
 * the cuts each of ours is convex, so that a ray meets it in one interval, computed in closed
 * form. A scene is a list of solids; where several overlap, the last one added owns the place
 * (the marrow is painted into the bone, the stem into the marrow). Lengths per material follow by
 * exact interval arithmetic, without sampling.
 *
 * Space: millimetres, right-handed, x to the patient's left, y to the front, z to the head.
 * Solids are given in the scene's current frame (a rotation and a shift), so that the femur with
 * everything in it is moved by moving the frame.
 */
#ifndef HIPNET_PROJECTOR_H
#define HIPNET_PROJECTOR_H

#include <hipnet/error.h>
#include <hipnet/xray.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hn_vec {
    double x, y, z;
} hn_vec;

/* point -> rotation * point + shift; the rows of a rotation matrix. */
typedef struct hn_frame {
    double rotation[3][3];
    hn_vec shift;
} hn_frame;

HN_API hn_frame hn_frame_identity(void);
/* First `inner`, then `outer`. */
HN_API hn_frame hn_frame_compose(const hn_frame *outer, const hn_frame *inner);
/* A turn by `degrees` about an axis through `center`, counter-clockwise seen against the axis. */
HN_API hn_frame hn_frame_turn(hn_vec axis, double degrees, hn_vec center);
HN_API hn_frame hn_frame_shift(hn_vec shift);
HN_API hn_vec hn_frame_apply(const hn_frame *frame, hn_vec point);
HN_API hn_vec hn_frame_direct(const hn_frame *frame, hn_vec direction); /* no shift */

HN_API hn_vec hn_vec_add(hn_vec a, hn_vec b);
HN_API hn_vec hn_vec_sub(hn_vec a, hn_vec b);
HN_API hn_vec hn_vec_scale(hn_vec a, double factor);
HN_API double hn_vec_dot(hn_vec a, hn_vec b);
HN_API hn_vec hn_vec_cross(hn_vec a, hn_vec b);
HN_API hn_vec hn_vec_unit(hn_vec a);

#define HN_SCENE_SOLIDS 256
#define HN_SCENE_TAGS   12 /* tags 1..11 are followed; 0 is none */

typedef struct hn_solid {
    double quadric[6]; /* xx yy zz xy xz yz of x'Ax (off-diagonal terms doubled) */
    hn_vec linear;
    double constant; /* inside: x'Ax + linear.x + constant <= 0 */
    hn_vec normals[6];
    double offsets[6]; /* inside: normal.x <= offset */
    int cuts;
    hn_vec center; /* a ball around the solid */
    double radius;
    hn_material material;
    int tag;    /* what sign of disease it is, for the truth */
    bool ghost; /* marks a place for the truth and stops no ray */
} hn_solid;

typedef struct hn_scene {
    hn_solid solids[HN_SCENE_SOLIDS];
    int count;
    hn_frame frame;
    int tag; /* given to the solids that are added */
} hn_scene;

HN_API void hn_scene_clear(hn_scene *scene);
/* Each adds one solid; more than HN_SCENE_SOLIDS is a programming error. */
HN_API hn_solid *hn_scene_ellipsoid(hn_scene *scene, hn_material material, hn_vec center,
                                    hn_vec semi_axes);
/* As above with axes of its own: `turn` maps the ellipsoid's axes into the frame. */
HN_API hn_solid *hn_scene_ellipsoid_turned(hn_scene *scene, hn_material material, hn_vec center,
                                           hn_vec semi_axes, const hn_frame *turn);
HN_API hn_solid *hn_scene_ball(hn_scene *scene, hn_material material, hn_vec center, double radius);
/* A cone from `from` to `to` whose section is an ellipse: semi-axis `from_radius` to `to_radius`
 * along `side` (made perpendicular to the axis), and `ratio` times that across it. */
HN_API hn_solid *hn_scene_cone(hn_scene *scene, hn_material material, hn_vec from, hn_vec to,
                               double from_radius, double to_radius, hn_vec side, double ratio);
/* Cuts the solid: what is kept lies at normal.x <= normal.point (in the current frame). */
HN_API void hn_solid_cut(const hn_scene *scene, hn_solid *solid, hn_vec normal, hn_vec point);

/* The interval of the ray origin + t * direction (a unit vector, t >= 0) inside a solid; 0 when it
 * misses. */
HN_API int hn_solid_hit(const hn_solid *solid, hn_vec origin, hn_vec direction, double interval[2]);

/* Where the tube stands and where the detector's pixels are. */
typedef struct hn_camera {
    hn_vec source;
    hn_vec corner;       /* centre of pixel (0, 0) */
    hn_vec along_row;    /* from one column to the next, length = pitch */
    hn_vec along_column; /* from one row to the next */
    int rows, columns;
} hn_camera;

/* A detector of rows x columns pixels of `pitch_mm`, perpendicular to the line from the source
 * to `center`, at `distance_mm` from the source; `right` points along the rows. */
HN_API void hn_camera_aim(hn_camera *camera, hn_vec source, hn_vec center, double distance_mm,
                          hn_vec right, int rows, int columns, double pitch_mm);
/* The pixel coordinates (row, column; fractions allowed) onto which a point is projected. */
HN_API void hn_camera_project(const hn_camera *camera, hn_vec point, double *row, double *column);

/* Lengths of one ray: per material, and per tag. */
HN_API void hn_scene_lengths(const hn_scene *scene, hn_vec origin, hn_vec direction,
                             float lengths[HN_MATERIAL_COUNT], float tags[HN_SCENE_TAGS]);

/* The whole picture, threads over bands of rows: `signal` gets rows * columns transmissions;
 * `tags` (may be NULL) gets HN_SCENE_TAGS bits per pixel: bit t is set where the ray travels
 * more than 0.3 mm in solids of tag t. */
HN_API hn_status hn_scene_project(const hn_scene *scene, const hn_camera *camera,
                                  const hn_beam *beam, float *signal, uint16_t *tags) HN_MUST_CHECK;

#endif
