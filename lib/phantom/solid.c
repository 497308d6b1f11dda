/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vectors, frames, and solids as quadrics with cuts. */
#include <hipnet/projector.h>

#include <math.h>
#include <stddef.h>

hn_vec hn_vec_add(hn_vec a, hn_vec b)
{
    return (hn_vec) { a.x + b.x, a.y + b.y, a.z + b.z };
}

hn_vec hn_vec_sub(hn_vec a, hn_vec b)
{
    return (hn_vec) { a.x - b.x, a.y - b.y, a.z - b.z };
}

hn_vec hn_vec_scale(hn_vec a, double factor)
{
    return (hn_vec) { a.x * factor, a.y * factor, a.z * factor };
}

double hn_vec_dot(hn_vec a, hn_vec b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

hn_vec hn_vec_cross(hn_vec a, hn_vec b)
{
    return (hn_vec) { a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x };
}

hn_vec hn_vec_unit(hn_vec a)
{
    return hn_vec_scale(a, 1 / sqrt(hn_vec_dot(a, a)));
}

hn_frame hn_frame_identity(void)
{
    return (hn_frame) { .rotation = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } };
}

hn_frame hn_frame_shift(hn_vec shift)
{
    hn_frame frame = hn_frame_identity();
    frame.shift = shift;
    return frame;
}

hn_vec hn_frame_direct(const hn_frame *frame, hn_vec v)
{
    const double(*r)[3] = frame->rotation;
    return (hn_vec) { r[0][0] * v.x + r[0][1] * v.y + r[0][2] * v.z,
                      r[1][0] * v.x + r[1][1] * v.y + r[1][2] * v.z,
                      r[2][0] * v.x + r[2][1] * v.y + r[2][2] * v.z };
}

hn_vec hn_frame_apply(const hn_frame *frame, hn_vec point)
{
    return hn_vec_add(hn_frame_direct(frame, point), frame->shift);
}

hn_frame hn_frame_compose(const hn_frame *outer, const hn_frame *inner)
{
    hn_frame frame;
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            frame.rotation[i][k] = 0;
            for (int m = 0; m < 3; m++) {
                frame.rotation[i][k] += outer->rotation[i][m] * inner->rotation[m][k];
            }
        }
    }
    frame.shift = hn_frame_apply(outer, inner->shift);
    return frame;
}

/* Rodrigues' formula. */
hn_frame hn_frame_turn(hn_vec axis, double degrees, hn_vec center)
{
    hn_vec u = hn_vec_unit(axis);
    double angle = degrees * M_PI / 180, c = cos(angle), s = sin(angle), d = 1 - c;
    hn_frame frame = { .rotation = {
                           { c + u.x * u.x * d, u.x * u.y * d - u.z * s, u.x * u.z * d + u.y * s },
                           { u.y * u.x * d + u.z * s, c + u.y * u.y * d, u.y * u.z * d - u.x * s },
                           { u.z * u.x * d - u.y * s, u.z * u.y * d + u.x * s, c + u.z * u.z * d },
                       } };
    frame.shift = hn_vec_sub(center, hn_frame_direct(&frame, center));
    return frame;
}

void hn_scene_clear(hn_scene *scene)
{
    scene->count = 0;
    scene->tag = 0;
    scene->frame = hn_frame_identity();
}

/* A solid from its own axes: inside where sum of weights[i] * (axis_i . (x - center))^2 plus
 * the linear and constant terms along axis 2 is not positive. */
static hn_solid *add(hn_scene *scene, hn_material material, const hn_vec axes[3],
                     const double weights[3], double linear, double constant, hn_vec center)
{
    hn_assert(scene->count < HN_SCENE_SOLIDS);
    hn_solid *solid = &scene->solids[scene->count++];
    *solid = (hn_solid) { .material = material, .tag = scene->tag };
    double *q = solid->quadric;
    for (int i = 0; i < 3; i++) {
        hn_vec a = axes[i];
        double w = weights[i];
        q[0] += w * a.x * a.x;
        q[1] += w * a.y * a.y;
        q[2] += w * a.z * a.z;
        q[3] += 2 * w * a.x * a.y;
        q[4] += 2 * w * a.x * a.z;
        q[5] += 2 * w * a.y * a.z;
        double along = hn_vec_dot(a, center);
        solid->linear = hn_vec_add(solid->linear, hn_vec_scale(a, -2 * w * along));
        solid->constant += w * along * along;
    }
    solid->linear = hn_vec_add(solid->linear, hn_vec_scale(axes[2], linear));
    solid->constant += constant - linear * hn_vec_dot(axes[2], center);
    return solid;
}

hn_solid *hn_scene_ellipsoid_turned(hn_scene *scene, hn_material material, hn_vec center,
                                    hn_vec semi_axes, const hn_frame *turn)
{
    hn_frame frame = hn_frame_compose(&scene->frame, turn);
    const hn_vec units[3] = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
    const double semi[3] = { semi_axes.x, semi_axes.y, semi_axes.z };
    hn_vec axes[3];
    double weights[3];
    for (int i = 0; i < 3; i++) {
        axes[i] = hn_frame_direct(&frame, units[i]);
        weights[i] = 1 / (semi[i] * semi[i]);
    }
    hn_vec middle = hn_frame_apply(&scene->frame, center);
    hn_solid *solid = add(scene, material, axes, weights, 0, -1, middle);
    solid->center = middle;
    solid->radius = fmax(semi[0], fmax(semi[1], semi[2]));
    return solid;
}

hn_solid *hn_scene_ellipsoid(hn_scene *scene, hn_material material, hn_vec center, hn_vec semi_axes)
{
    hn_frame none = hn_frame_identity();
    return hn_scene_ellipsoid_turned(scene, material, center, semi_axes, &none);
}

hn_solid *hn_scene_ball(hn_scene *scene, hn_material material, hn_vec center, double radius)
{
    return hn_scene_ellipsoid(scene, material, center, (hn_vec) { radius, radius, radius });
}

static void cut(hn_solid *solid, hn_vec normal, double offset)
{
    hn_assert(solid->cuts < (int)HN_COUNT_OF(solid->offsets));
    solid->normals[solid->cuts] = normal;
    solid->offsets[solid->cuts++] = offset;
}

/* With z along the axis from `from`: x^2 + y^2/ratio^2 - (r0 + k z)^2 <= 0, 0 <= z <= length. */
hn_solid *hn_scene_cone(hn_scene *scene, hn_material material, hn_vec from, hn_vec to,
                        double from_radius, double to_radius, hn_vec side, double ratio)
{
    hn_vec p0 = hn_frame_apply(&scene->frame, from), p1 = hn_frame_apply(&scene->frame, to);
    hn_vec axis = hn_vec_sub(p1, p0);
    double length = sqrt(hn_vec_dot(axis, axis));
    hn_assert(length > 0);
    hn_vec axes[3];
    axes[2] = hn_vec_scale(axis, 1 / length);
    hn_vec s = hn_frame_direct(&scene->frame, side);
    axes[0] = hn_vec_unit(hn_vec_sub(s, hn_vec_scale(axes[2], hn_vec_dot(s, axes[2]))));
    axes[1] = hn_vec_cross(axes[2], axes[0]);
    double slope = (to_radius - from_radius) / length;
    const double weights[3] = { 1, 1 / (ratio * ratio), -slope * slope };
    hn_solid *solid = add(scene, material, axes, weights, -2 * from_radius * slope,
                          -from_radius * from_radius, p0);
    cut(solid, axes[2], hn_vec_dot(axes[2], p1));
    cut(solid, hn_vec_scale(axes[2], -1), -hn_vec_dot(axes[2], p0));
    solid->center = hn_vec_scale(hn_vec_add(p0, p1), 0.5);
    solid->radius = hypot(length / 2, fmax(from_radius, to_radius) * fmax(1, ratio));
    return solid;
}

void hn_solid_cut(const hn_scene *scene, hn_solid *solid, hn_vec normal, hn_vec point)
{
    hn_vec n = hn_frame_direct(&scene->frame, normal);
    cut(solid, n, hn_vec_dot(n, hn_frame_apply(&scene->frame, point)));
}
