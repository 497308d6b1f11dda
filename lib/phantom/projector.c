/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rays through a scene. The picture is cut into tiles; for each tile only the solids whose ball
 * touches the tile's bundle of rays are looked at. Per ray, solids are visited from the last
 * added to the first, and each gets what the ones before have not covered.
 */
#include <hipnet/projector.h>

#include <hipnet/memory.h>
#include <hipnet/parallel.h>

#include <math.h>
#include <string.h>

enum { TILE = 16 };

/* What depends on the solid and the source alone. */
struct seen {
    const hn_solid *solid;
    hn_vec gradient; /* of the quadric's function at the source */
    double value;    /* the function at the source */
    double room[6];  /* offset - normal.source of each cut */
};

static void look(struct seen *seen, const hn_solid *solid, hn_vec o)
{
    const double *q = solid->quadric;
    seen->solid = solid;
    seen->gradient = (hn_vec) { 2 * q[0] * o.x + q[3] * o.y + q[4] * o.z + solid->linear.x,
                                2 * q[1] * o.y + q[3] * o.x + q[5] * o.z + solid->linear.y,
                                2 * q[2] * o.z + q[4] * o.x + q[5] * o.y + solid->linear.z };
    seen->value = q[0] * o.x * o.x + q[1] * o.y * o.y + q[2] * o.z * o.z + q[3] * o.x * o.y +
                  q[4] * o.x * o.z + q[5] * o.y * o.z + hn_vec_dot(solid->linear, o) +
                  solid->constant;
    for (int i = 0; i < solid->cuts; i++) {
        seen->room[i] = solid->offsets[i] - hn_vec_dot(solid->normals[i], o);
    }
}

/* Narrows [low, high] to the quadric's inside along the ray. With a positive leading term that is
 * between the roots; with a negative one (a steep ray through a cone) outside them, and the cuts
 * have left one of the two sides only. */
static bool meet_quadric(double a, double b, double c, double *low, double *high)
{
    if (fabs(a) < 1e-14) {
        if (fabs(b) < 1e-14) {
            return c <= 0;
        }
        if (b > 0) {
            *high = fmin(*high, -c / b);
        } else {
            *low = fmax(*low, -c / b);
        }
        return *low < *high;
    }
    double discriminant = b * b - 4 * a * c;
    if (discriminant <= 0) {
        return a < 0;
    }
    /* Vieta: no difference of nearly equal numbers. */
    double half = -0.5 * (b + copysign(sqrt(discriminant), b));
    double t0 = half / a, t1 = c / half;
    double near = fmin(t0, t1), far = fmax(t0, t1);
    if (a > 0) {
        *low = fmax(*low, near);
        *high = fmin(*high, far);
        return *low < *high;
    }
    if (fmin(*high, near) > *low) {
        *high = fmin(*high, near);
    } else {
        *low = fmax(*low, far);
    }
    return *low < *high;
}

static bool meet(const struct seen *seen, hn_vec d, double *low, double *high)
{
    const hn_solid *solid = seen->solid;
    *low = 0;
    *high = 1e9;
    for (int i = 0; i < solid->cuts; i++) {
        double along = hn_vec_dot(solid->normals[i], d);
        if (fabs(along) < 1e-12) {
            if (seen->room[i] < 0) {
                return false;
            }
        } else if (along > 0) {
            *high = fmin(*high, seen->room[i] / along);
        } else {
            *low = fmax(*low, seen->room[i] / along);
        }
    }
    if (*low >= *high) {
        return false;
    }
    const double *q = solid->quadric;
    double a = q[0] * d.x * d.x + q[1] * d.y * d.y + q[2] * d.z * d.z + q[3] * d.x * d.y +
               q[4] * d.x * d.z + q[5] * d.y * d.z;
    return meet_quadric(a, hn_vec_dot(seen->gradient, d), seen->value, low, high);
}

int hn_solid_hit(const hn_solid *solid, hn_vec origin, hn_vec direction, double interval[2])
{
    struct seen seen;
    look(&seen, solid, origin);
    return meet(&seen, direction, &interval[0], &interval[1]) ? 1 : 0;
}

/* The part of a ray that has an owner: disjoint intervals in order. */
struct covered {
    double low[64], high[64];
    int count;
};

/* Adds [low, high] and returns how much of it was free. */
static double cover(struct covered *covered, double low, double high)
{
    double free_length = high - low;
    int first = 0;
    while (first < covered->count && covered->high[first] < low) {
        first++;
    }
    int last = first;
    while (last < covered->count && covered->low[last] <= high) {
        free_length -= fmin(high, covered->high[last]) - fmax(low, covered->low[last]);
        last++;
    }
    int merged = last - first;
    if (merged > 0) {
        low = fmin(low, covered->low[first]);
        high = fmax(high, covered->high[last - 1]);
    }
    if (merged == 0 && covered->count == 64) {
        return free_length; /* 64 separate pieces along one ray: the rest stays uncovered */
    }
    if (merged != 1) {
        size_t tail = (size_t)(covered->count - last) * sizeof(double);
        memmove(&covered->low[first + 1], &covered->low[last], tail);
        memmove(&covered->high[first + 1], &covered->high[last], tail);
        covered->count += 1 - merged;
    }
    covered->low[first] = low;
    covered->high[first] = high;
    return fmax(0, free_length);
}

static void measure(const struct seen *const *list, int count, hn_vec d,
                    float lengths[HN_MATERIAL_COUNT], float tags[HN_SCENE_TAGS])
{
    struct covered covered = { .count = 0 };
    for (int i = 0; i < count; i++) {
        double low = 0, high = 0;
        if (!meet(list[i], d, &low, &high)) {
            continue;
        }
        if (list[i]->solid->ghost) {
            tags[list[i]->solid->tag] += (float)(high - low);
            continue;
        }
        float length = (float)cover(&covered, low, high);
        lengths[list[i]->solid->material] += length;
        tags[list[i]->solid->tag] += length;
    }
}

void hn_scene_lengths(const hn_scene *scene, hn_vec origin, hn_vec direction,
                      float lengths[HN_MATERIAL_COUNT], float tags[HN_SCENE_TAGS])
{
    struct seen seen[HN_SCENE_SOLIDS];
    const struct seen *list[HN_SCENE_SOLIDS];
    for (int i = 0; i < scene->count; i++) {
        look(&seen[i], &scene->solids[i], origin);
        list[scene->count - 1 - i] = &seen[i];
    }
    memset(lengths, 0, HN_MATERIAL_COUNT * sizeof *lengths);
    memset(tags, 0, HN_SCENE_TAGS * sizeof *tags);
    measure(list, scene->count, direction, lengths, tags);
}

void hn_camera_aim(hn_camera *camera, hn_vec source, hn_vec center, double distance_mm,
                   hn_vec right, int rows, int columns, double pitch_mm)
{
    hn_vec beam = hn_vec_unit(hn_vec_sub(center, source));
    hn_vec across = hn_vec_unit(hn_vec_sub(right, hn_vec_scale(beam, hn_vec_dot(right, beam))));
    hn_vec down = hn_vec_cross(across, beam);
    hn_vec middle = hn_vec_add(source, hn_vec_scale(beam, distance_mm));
    *camera = (hn_camera) { .source = source,
                            .along_row = hn_vec_scale(across, pitch_mm),
                            .along_column = hn_vec_scale(down, pitch_mm),
                            .rows = rows,
                            .columns = columns };
    camera->corner =
        hn_vec_sub(hn_vec_sub(middle, hn_vec_scale(camera->along_row, 0.5 * (columns - 1))),
                   hn_vec_scale(camera->along_column, 0.5 * (rows - 1)));
}

void hn_camera_project(const hn_camera *camera, hn_vec point, double *row, double *column)
{
    hn_vec normal = hn_vec_cross(camera->along_row, camera->along_column);
    hn_vec ray = hn_vec_sub(point, camera->source);
    double t =
        hn_vec_dot(hn_vec_sub(camera->corner, camera->source), normal) / hn_vec_dot(ray, normal);
    hn_vec at = hn_vec_sub(hn_vec_add(camera->source, hn_vec_scale(ray, t)), camera->corner);
    *column = hn_vec_dot(at, camera->along_row) / hn_vec_dot(camera->along_row, camera->along_row);
    *row = hn_vec_dot(at, camera->along_column) /
           hn_vec_dot(camera->along_column, camera->along_column);
}

struct picture {
    const hn_scene *scene;
    const hn_camera *camera;
    const hn_beam *beam;
    float *signal;
    uint16_t *tags;
    const struct seen *seen;
    int tile_columns;
};

static hn_vec pixel_at(const hn_camera *camera, double row, double column)
{
    return hn_vec_add(camera->corner, hn_vec_add(hn_vec_scale(camera->along_row, column),
                                                 hn_vec_scale(camera->along_column, row)));
}

/* The solids, last added first, whose ball comes near the tile's central ray. The bundle is widest
 * at the detector, so the tile's half diagonal there bounds it everywhere before. */
static int choose(const struct picture *picture, const struct seen **list, double row,
                  double column)
{
    const hn_camera *camera = picture->camera;
    hn_vec d = hn_vec_unit(hn_vec_sub(pixel_at(camera, row, column), camera->source));
    double width = sqrt(hn_vec_dot(camera->along_row, camera->along_row)) * TILE * 0.7072;
    int count = 0;
    for (int i = picture->scene->count - 1; i >= 0; i--) {
        const hn_solid *solid = picture->seen[i].solid;
        hn_vec to = hn_vec_sub(solid->center, camera->source);
        double along = hn_vec_dot(to, d);
        double reach = solid->radius + width;
        if (hn_vec_dot(to, to) - along * along <= reach * reach) {
            list[count++] = &picture->seen[i];
        }
    }
    return count;
}

static hn_status draw_tile(void *context, int64_t index, int worker)
{
    (void)worker;
    const struct picture *picture = context;
    const hn_camera *camera = picture->camera;
    const struct seen *list[HN_SCENE_SOLIDS];
    int top = (int)(index / picture->tile_columns) * TILE;
    int left = (int)(index % picture->tile_columns) * TILE;
    int count = choose(picture, list, top + 0.5 * (TILE - 1), left + 0.5 * (TILE - 1));
    for (int row = top; row < top + TILE && row < camera->rows; row++) {
        for (int column = left; column < left + TILE && column < camera->columns; column++) {
            float lengths[HN_MATERIAL_COUNT] = { 0 }, tags[HN_SCENE_TAGS] = { 0 };
            hn_vec d = hn_vec_unit(hn_vec_sub(pixel_at(camera, row, column), camera->source));
            measure(list, count, d, lengths, tags);
            size_t at = (size_t)row * (size_t)camera->columns + (size_t)column;
            picture->signal[at] = (float)hn_beam_transmit(picture->beam, lengths);
            if (picture->tags) {
                unsigned bits = 0;
                for (int tag = 1; tag < HN_SCENE_TAGS; tag++) {
                    bits |= (unsigned)(tags[tag] > 0.3F) << tag;
                }
                picture->tags[at] = (uint16_t)bits;
            }
        }
    }
    return HN_OK;
}

hn_status hn_scene_project(const hn_scene *scene, const hn_camera *camera, const hn_beam *beam,
                           float *signal, uint16_t *tags)
{
    HN_AUTOFREE struct seen *seen = hn_calloc((size_t)scene->count + 1, sizeof *seen);
    if (!seen) {
        return HN_ENOMEM;
    }
    for (int i = 0; i < scene->count; i++) {
        look(&seen[i], &scene->solids[i], camera->source);
    }
    struct picture picture = {
        scene, camera, beam, signal, tags, seen, (camera->columns + TILE - 1) / TILE,
    };
    int64_t tiles = (int64_t)picture.tile_columns * ((camera->rows + TILE - 1) / TILE);
    return hn_parallel_for(tiles, draw_tile, &picture);
}
