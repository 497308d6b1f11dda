/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes a small cohort for the command-line tests: PNG pictures whose class is a shape one can
 * see, a manifest with the habits of spreadsheets, and a cohort.json. Nothing in it is a
 * radiograph; it is the road that is tested, not the science.
 *
 * usage: make_radiographs FOLDER PATIENTS SEED
 */
#include <hipnet/file.h>
#include <hipnet/number.h>
#include <hipnet/preview.h>
#include <hipnet/rng.h>
#include <math.h>
#include <string.h>

enum { SIDE = 96, CLASSES = 3 };

static const char *const classes[CLASSES] = { "pji", "aseptic_loosening", "dislocation" };
static const char *const centers[] = { "north", "south", "east" };

/* Class 0 a bright disc, 1 a bar, 2 a ring; position and noise vary. */
static hn_status draw(const char *path, int class, hn_rng *rng)
{
    static uint8_t pixels[SIDE * SIDE];
    double row = hn_rng_range(rng, 36, 60), col = hn_rng_range(rng, 36, 60);
    double size = hn_rng_range(rng, 14, 20);
    for (int i = 0; i < SIDE; i++) {
        for (int k = 0; k < SIDE; k++) {
            double distance = hypot(i - row, k - col);
            bool inside = class == 0   ? distance < size
                          : class == 1 ? fabs(k - col) < 6 && fabs(i - row) < 1.6 * size
                                       : fabs(distance - size) < 4;
            double value = 60 + 120 * inside + 12 * hn_rng_normal(rng);
            pixels[i * SIDE + k] = (uint8_t)fmin(255, fmax(0, value));
        }
    }
    return hn_preview_write(path, true, pixels, SIDE, SIDE, 1);
}

static hn_status write_patient(FILE *manifest, const char *folder, int patient, uint64_t seed)
{
    hn_rng rng;
    hn_rng_init(&rng, seed, HN_PURPOSE_TEST, (uint64_t)patient, 0, 0);
    int class = patient % CLASSES;
    double crp = exp((class == 0 ? 3.2 : 1.4) + hn_rng_normal(&rng));
    for (int view = 0; view < 2; view++) {
        if (view == 1 && patient % 5 == 4) {
            continue; /* no lateral */
        }
        char name[64], path[HN_PATH_SIZE], biomarker[32] = "";
        snprintf(name, sizeof name, "p%03d_%s.png", patient, view ? "lateral" : "ap");
        HN_TRY(hn_path_join(path, folder, name));
        HN_TRY(draw(path, class, &rng));
        if (patient % 7 != 6) {
            bool below = crp < 5;
            snprintf(biomarker, sizeof biomarker, below ? "<5" : "%.1f", crp);
            for (char *c = biomarker; *c; c++) {
                *c = *c == '.' ? ',' : *c; /* a decimal comma, as in much of Europe */
            }
        }
        fprintf(manifest, "P-%03d;%s;%s;%s;%s;%d;%s;%s\r\n", patient,
                centers[patient % 3 != 0 ? patient % 2 : 2], view ? "lateral" : "ap", name,
                classes[class], 50 + patient % 40, patient % 2 ? "M" : "F", biomarker);
    }
    return HN_OK;
}

static hn_status make(const char *folder, const char *count, const char *seed_words)
{
    int64_t patients = 0, seed = 0;
    HN_TRY(hn_parse_int(&patients, count));
    HN_TRY(hn_parse_int(&seed, seed_words));
    HN_TRY(hn_file_make_folder(folder));
    char path[HN_PATH_SIZE];
    HN_TRY(hn_path_join(path, folder, "manifest.csv"));
    HN_AUTO_OUTPUT manifest = HN_OUTPUT_INIT;
    HN_TRY(hn_output_begin(&manifest, path, true));
    fputs("\xef\xbb\xbfpatient_id;center;view;path;label;age;sex;crp_mg_l\r\n", manifest.stream);
    for (int patient = 0; patient < patients; patient++) {
        HN_TRY(write_patient(manifest.stream, folder, patient, (uint64_t)seed));
    }
    HN_TRY(hn_output_commit(&manifest));
    HN_TRY(hn_path_join(path, folder, "cohort.json"));
    const char *map = "{ \"classes\": [\"pji\", \"aseptic_loosening\", \"dislocation\"] }\n";
    return hn_file_write(path, map, strlen(map), true);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: make_radiographs FOLDER PATIENTS SEED\n", stderr);
        return 2;
    }
    hn_status status = make(argv[1], argv[2], argv[3]);
    if (status != HN_OK) {
        fprintf(stderr, "make_radiographs: %s\n", hn_error_message());
    }
    return hn_status_exit_code(status);
}
