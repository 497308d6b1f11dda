/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hipnet correlate: a class's predicted risk against laboratory values, over all cases, within
 * the class, and with the label held fixed. A biomarker that the file does not have is said to be
 * absent; a value such as "<5" stays censored.
 */
#include <hipnet/bootstrap.h>
#include <hipnet/cli.h>
#include <hipnet/correlation.h>
#include <hipnet/file.h>
#include <hipnet/hash.h>
#include <hipnet/log.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/sample.h>
#include <hipnet/selection.h>
#include <hipnet/version.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char caution[] =
    "Where the laboratory value took part in the reference diagnosis (MSIS, ICM and EBJIS criteria "
    "hold CRP and ESR), a correlation with the predicted risk is partly circular.";

struct options {
    char *output;
    char *risk;
    char *within;
    hn_text_list biomarkers;
    hn_text_list subset;
    int64_t replicates;
    double confidence;
    char *spearman;
};

#define AT(field) offsetof(struct options, field)

static const hn_option option_table[] = {
    { "output", HN_OPT_TEXT, AT(output), NULL, 0, 0, NULL, "FILE", "write correlation.json here",
      'o' },
    { "risk", HN_OPT_TEXT, AT(risk), NULL, 0, 0, NULL, "CLASS",
      "the class whose risk is meant, or a column of risks; without it pji", 0 },
    { "within", HN_OPT_TEXT, AT(within), NULL, 0, 0, NULL, "CLASS",
      "the class to look within; without it the class of --risk", 0 },
    { "biomarkers", HN_OPT_LIST, AT(biomarkers), "crp_mg_l,esr_mm_h", 0, 0, NULL, NULL,
      "columns of laboratory values", 0 },
    { "subset", HN_OPT_LIST, AT(subset), NULL, 0, 0,
      "train|tuning|internal_test|external|prospective", NULL,
      "subsets to take; without it external, else all but train and tuning", 0 },
    { "replicates", HN_OPT_INT, AT(replicates), "2000", 2, HN_REPLICATES_MAX, NULL, "N",
      "bootstrap replicates of patients, where they are needed", 0 },
    { "confidence", HN_OPT_REAL, AT(confidence), "0.95", 0.5, 0.9999, NULL, "P",
      "confidence of the intervals", 0 },
    { "spearman-ci", HN_OPT_NAME, AT(spearman), "fieller", 0, 0, "fieller|fisher|bonett-wright",
      NULL, "variance behind Spearman's interval", 0 },
    { 0 },
};

enum { SCOPE_POOLED, SCOPE_WITHIN, SCOPE_PARTIAL, SCOPES };

static const char *const scope_names[SCOPES] = { "pooled", "within_class", "partial" };

struct scope {
    int64_t n, patients, missing, censored;
    hn_association associations[HN_COEFFICIENTS];
    const char *reason; /* why there is nothing at all, or NULL */
};

struct job {
    const hn_predictions *predictions;
    const hn_selection *selection;
    const hn_sample *sample;
    int risk_class;  /* or -1 */
    int risk_column; /* of the further ones, or -1 */
    int within;      /* class or -1 */
    hn_correlation_options options;
    double *risk;                        /* [N] NaN where the column is empty */
    hn_measurement *measured;            /* [N] */
    double *x, *y;                       /* [N] */
    hn_measurement *kept;                /* [N] */
    int32_t *patient, *group, *renumber; /* [N], [N], [C] */
};

/* ---- What is meant ------------------------------------------------------------------------ */

static hn_status no_such_risk(const hn_predictions *predictions, const char *risk)
{
    HN_AUTO_TEXT classes = HN_TEXT_INIT;
    for (int k = 0; k < predictions->class_count; k++) {
        hn_text_printf(&classes, "%s%s", k ? ", " : "", predictions->classes[k]);
    }
    if (!risk) {
        return hn_fail(HN_EUSAGE, "--risk is needed: %s has no class pji; its classes are %s",
                       predictions->name, hn_text_get(&classes));
    }
    return hn_fail(HN_EUSAGE, "--risk '%.80s' is neither a class (%s) nor a column of %s%s", risk,
                   hn_text_get(&classes), predictions->name,
                   hn_text_suggest(risk, predictions->classes, (size_t)predictions->class_count));
}

static hn_status find_risk(struct job *job, const struct options *options)
{
    const hn_predictions *predictions = job->predictions;
    const char *risk = options->risk ? options->risk : "pji";
    job->risk_column = -1;
    job->risk_class = hn_predictions_class(predictions, risk);
    if (job->risk_class < 0) {
        job->risk_column = hn_predictions_extra(predictions, risk);
        if (job->risk_column < 0 || !options->risk) {
            return no_such_risk(predictions, options->risk);
        }
    }
    job->within = job->risk_class;
    if (options->within) {
        job->within = hn_predictions_class(predictions, options->within);
        if (job->within < 0) {
            return hn_fail(HN_EUSAGE, "--within '%.80s' is no class of %s%s", options->within,
                           predictions->name,
                           hn_text_suggest(options->within, predictions->classes,
                                           (size_t)predictions->class_count));
        }
    }
    return HN_OK;
}

static hn_status read_cell(hn_measurement *out, const struct job *job, int64_t i, int column)
{
    const hn_prediction *row = &job->predictions->rows[job->sample->row[i]];
    hn_status status = hn_measurement_parse(out, row->extra[column]);
    if (status != HN_OK) {
        return hn_context(status, "%s line %lld: %s", job->predictions->name, (long long)row->line,
                          job->predictions->extra_names[column]);
    }
    return HN_OK;
}

static hn_status fill_risk(struct job *job)
{
    const hn_sample *sample = job->sample;
    for (int64_t i = 0; i < sample->cases; i++) {
        if (job->risk_class >= 0) {
            job->risk[i] = sample->probability[i * sample->classes + job->risk_class];
            continue;
        }
        hn_measurement risk = { .value = NAN };
        HN_TRY(read_cell(&risk, job, i, job->risk_column));
        job->risk[i] = risk.censoring ? NAN : risk.value;
    }
    return HN_OK;
}

/* ---- One scope ---------------------------------------------------------------------------- */

/* Gathers the pairs of a scope; patients are numbered anew, in their order. */
static void gather(struct scope *scope, struct job *job, int which)
{
    const hn_sample *sample = job->sample;
    *scope = (struct scope) { 0 };
    for (int64_t c = 0; c < sample->patients; c++) {
        job->renumber[c] = -1;
    }
    for (int64_t i = 0; i < sample->cases; i++) {
        if (which == SCOPE_WITHIN && sample->label[i] != job->within) {
            continue;
        }
        if (isnan(job->measured[i].value) || isnan(job->risk[i])) {
            scope->missing++;
            continue;
        }
        int32_t *number = &job->renumber[sample->patient[i]];
        if (*number < 0) {
            *number = (int32_t)scope->patients++;
        }
        job->x[scope->n] = job->risk[i];
        job->kept[scope->n] = job->measured[i];
        job->group[scope->n] = sample->label[i];
        job->patient[scope->n++] = *number;
        scope->censored += job->measured[i].censoring != 0;
    }
}

static hn_status associate(struct scope *scope, struct job *job, int which, const char *stream)
{
    gather(scope, job, which);
    if (which == SCOPE_WITHIN && job->within < 0) {
        scope->reason = "the risk is a column, and --within names no class";
        return HN_OK;
    }
    hn_correlation_options options = job->options;
    options.stream = stream;
    for (int c = 0; c < HN_COEFFICIENTS; c++) {
        if (c == HN_PEARSON) {
            for (int64_t i = 0; i < scope->n; i++) {
                job->y[i] = job->kept[i].value > -1 ? log1p(job->kept[i].value) : NAN;
            }
        } else {
            hn_censored_order(job->y, job->kept, scope->n);
        }
        hn_pairs pairs = { .x = job->x,
                           .y = job->y,
                           .n = scope->n,
                           .patient = job->patient,
                           .patients = scope->patients,
                           .group = which == SCOPE_PARTIAL ? job->group : NULL,
                           .groups = job->sample->classes };
        HN_TRY(hn_associate(&scope->associations[c], (hn_coefficient)c, &pairs, &options));
    }
    return HN_OK;
}

/* ---- correlation.json --------------------------------------------------------------------- */

static void add_number(hn_json *object, const char *key, double value)
{
    if (isfinite(value)) {
        hn_json_add_real(object, key, value);
    } else {
        hn_json_add_null(object, key);
    }
}

static const char *scale_words(int coefficient, int64_t censored)
{
    if (coefficient == HN_PEARSON) {
        return censored ? "log(1 + value), censored values at their limit" : "log(1 + value)";
    }
    return censored ? "ranks, censored values tied at the end" : "ranks";
}

static void add_association(hn_json *parent, int coefficient, const struct scope *scope)
{
    const hn_association *one = &scope->associations[coefficient];
    hn_json *object = hn_json_add_object(parent, hn_coefficient_name((hn_coefficient)coefficient));
    add_number(object, "estimate", scope->reason ? NAN : one->estimate);
    add_number(object, "low", scope->reason ? NAN : one->low);
    add_number(object, "high", scope->reason ? NAN : one->high);
    add_number(object, "p", scope->reason ? NAN : one->p);
    hn_json_add_text(object, "method", one->method);
    hn_json_add_text(object, "scale", scale_words(coefficient, scope->censored));
    const char *reason = scope->reason ? scope->reason : one->reason;
    if (reason) {
        hn_json_add_text(object, "reason", reason);
    }
    if (one->asked > 0) {
        hn_json *replicates = hn_json_add_object(object, "replicates");
        hn_json_add_int(replicates, "asked", one->asked);
        hn_json_add_int(replicates, "valid", one->valid);
    }
}

static void add_scope(hn_json *parent, const char *name, const struct scope *scope)
{
    hn_json *object = hn_json_add_object(parent, name);
    hn_json_add_int(object, "n", scope->n);
    hn_json_add_int(object, "n_patients", scope->patients);
    hn_json_add_int(object, "missing", scope->missing);
    hn_json_add_int(object, "censored", scope->censored);
    for (int c = 0; c < HN_COEFFICIENTS; c++) {
        add_association(object, c, scope);
    }
}

static void add_head(hn_json *root, const struct job *job, const struct options *options,
                     const char *sha256)
{
    const hn_predictions *predictions = job->predictions;
    hn_json_add_text(root, "schema", "hipnet-correlation 1");
    hn_json_add_text(root, "software", hn_version_full());
    hn_json *source = hn_json_add_object(root, "predictions");
    hn_json_add_text(source, "name", hn_path_name(predictions->name));
    hn_json_add_text(source, "content_sha256", sha256);
    hn_json *settings = hn_json_add_object(root, "settings");
    hn_json_add_text(settings, "risk_class",
                     job->risk_class >= 0 ? predictions->classes[job->risk_class] : NULL);
    hn_json_add_text(settings, "risk_column",
                     job->risk_column >= 0 ? predictions->extra_names[job->risk_column] : NULL);
    hn_json_add_text(settings, "within_class",
                     job->within >= 0 ? predictions->classes[job->within] : NULL);
    hn_json_add_text(settings, "partial_given", "label");
    hn_json *subsets = hn_json_add_array(settings, "subsets");
    for (size_t i = 0; i < job->selection->subsets.count && !job->selection->whole; i++) {
        hn_json_add_text(subsets, NULL, job->selection->subsets.items[i]);
    }
    hn_json_add_real(settings, "confidence", options->confidence);
    hn_json_add_text(settings, "spearman_ci", options->spearman);
    hn_json_add_int(settings, "replicates", options->replicates);
    hn_json_add_int(settings, "seed", (int64_t)job->options.seed);
    hn_selection_to_json(root, job->selection);
    hn_json_add_int(root, "n_patients", job->sample->patients);
    hn_json_add_int(root, "n_cases", job->sample->cases);
}

/* ---- For people --------------------------------------------------------------------------- */

static void print_scope(hn_text *text, const char *biomarker, const char *name,
                        const struct scope *scope)
{
    hn_text_printf(text, "\n%s, %s: %lld cases of %lld patients, %lld missing, %lld censored\n",
                   biomarker, name, (long long)scope->n, (long long)scope->patients,
                   (long long)scope->missing, (long long)scope->censored);
    for (int c = 0; c < HN_COEFFICIENTS; c++) {
        const hn_association *one = &scope->associations[c];
        const char *reason = scope->reason ? scope->reason : one->reason;
        hn_text_printf(text, "  %-9s ", hn_coefficient_name((hn_coefficient)c));
        if (scope->reason || isnan(one->estimate)) {
            hn_text_printf(text, "-  %s\n", reason ? reason : "");
            continue;
        }
        hn_text_printf(text, "%6.3f (%6.3f to %6.3f)  ", one->estimate, one->low, one->high);
        if (one->p < 1e-300) {
            hn_text_printf(text, "p < 1e-300");
        } else {
            hn_text_printf(text, "p = %.3g", one->p);
        }
        hn_text_printf(text, "  %s\n", reason ? reason : one->method ? one->method : "");
    }
}

/* ---- The command -------------------------------------------------------------------------- */

/* Into the document and into the words for people. */
static hn_status one_biomarker(hn_json *parent, hn_text *text, struct job *job, const char *name)
{
    int column = hn_predictions_extra(job->predictions, name);
    hn_json *object = hn_json_add_object(parent, name);
    hn_json_add_bool(object, "present", column >= 0);
    for (int64_t i = 0; i < job->sample->cases; i++) {
        job->measured[i] = (hn_measurement) { .value = NAN };
        if (column >= 0) {
            HN_TRY(read_cell(&job->measured[i], job, i, column));
        }
    }
    for (int which = 0; which < SCOPES; which++) {
        struct scope scope = { 0 };
        HN_AUTO_TEXT stream = HN_TEXT_INIT;
        hn_text_printf(&stream, "%s/%s", name, scope_names[which]);
        HN_TRY(associate(&scope, job, which, hn_text_get(&stream)));
        if (column < 0) {
            scope.reason = "the file has no such column";
        }
        add_scope(object, scope_names[which], &scope);
        if (column >= 0) {
            print_scope(text, name, scope_names[which], &scope);
        }
    }
    if (column < 0) {
        hn_text_printf(text, "\n%s: the file has no such column\n", name);
    }
    return HN_OK;
}

static void print_head(hn_text *text, const struct job *job)
{
    const hn_predictions *predictions = job->predictions;
    hn_text_printf(text, "%s: risk of %s, %lld cases of %lld patients; subset: ",
                   hn_path_name(predictions->name),
                   job->risk_class >= 0 ? predictions->classes[job->risk_class]
                                        : predictions->extra_names[job->risk_column],
                   (long long)job->sample->cases, (long long)job->sample->patients);
    hn_selection_words(text, job->selection);
    hn_text_append(text, "\n");
}

static hn_status write_document(struct job *job, const struct options *options,
                                const hn_invocation *invocation)
{
    char sha256[HN_SHA256_HEX];
    HN_TRY(hn_predictions_sha256(sha256, job->predictions));
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    HN_AUTO_JSON *root = hn_json_new_object();
    add_head(root, job, options, sha256);
    print_head(&text, job);
    hn_json *biomarkers = hn_json_add_object(root, "biomarkers");
    for (size_t b = 0; b < options->biomarkers.count; b++) {
        HN_TRY(one_biomarker(biomarkers, &text, job, options->biomarkers.items[b]));
    }
    hn_json_add_text(root, "caution", caution);
    hn_text_printf(&text, "\n%s\n", caution);
    HN_TRY(hn_text_status(&text));
    if (options->output) {
        HN_TRY(hn_json_write(root, options->output, invocation->force));
    }
    if (invocation->json) {
        return hn_json_write(root, "-", invocation->force);
    }
    if (!options->output || strcmp(options->output, "-") != 0) {
        fputs(hn_text_get(&text), stdout);
    }
    return HN_OK;
}

static hn_status run_job(struct job *job, const struct options *options,
                         const hn_invocation *invocation)
{
    size_t cases = (size_t)job->sample->cases;
    HN_AUTOFREE double *numbers = hn_calloc(3 * cases, sizeof *numbers);
    HN_AUTOFREE hn_measurement *measured = hn_calloc(2 * cases, sizeof *measured);
    HN_AUTOFREE int32_t *integers =
        hn_calloc(2 * cases + (size_t)job->sample->patients, sizeof *integers);
    if (!numbers || !measured || !integers) {
        return HN_ENOMEM;
    }
    job->risk = numbers;
    job->x = numbers + cases;
    job->y = numbers + 2 * cases;
    job->measured = measured;
    job->kept = measured + cases;
    job->patient = integers;
    job->group = integers + cases;
    job->renumber = integers + 2 * cases;
    HN_TRY(fill_risk(job));
    return write_document(job, options, invocation);
}

static hn_correlation_options correlation_options(const struct options *options, uint64_t seed)
{
    hn_correlation_options made = HN_CORRELATION_DEFAULTS;
    made.confidence = options->confidence;
    made.replicates = options->replicates;
    made.seed = seed;
    made.spearman_interval = strcmp(options->spearman, "fisher") == 0 ? HN_SPEARMAN_FISHER
                             : strcmp(options->spearman, "bonett-wright") == 0
                                 ? HN_SPEARMAN_BONETT_WRIGHT
                                 : HN_SPEARMAN_FIELLER;
    return made;
}

static hn_status run(hn_invocation *invocation)
{
    struct options *options = invocation->options;
    HN_AUTO_PREDICTIONS *predictions = NULL;
    HN_AUTO_SELECTION *selection = NULL;
    HN_AUTO_SAMPLE *sample = NULL;
    if (options->output) {
        HN_TRY(hn_file_may_write(options->output, invocation->force));
    }
    HN_TRY(hn_predictions_read(&predictions, invocation->arguments[0]));
    hn_predictions_sort(predictions);
    struct job job = { .predictions = predictions,
                       .options = correlation_options(options, invocation->seed) };
    HN_TRY(find_risk(&job, options));
    HN_TRY(hn_selection_new(&selection, predictions, &options->subset));
    HN_TRY(hn_sample_new(&sample, predictions, selection->rows, selection->count));
    job.selection = selection;
    job.sample = sample;
    return run_job(&job, options, invocation);
}

const hn_command hn_command_correlate = {
    .name = "correlate",
    .arguments = "PREDICTIONS.csv",
    .description =
        "Correlates the predicted risk of a class with laboratory values: Pearson on\n"
        "log(1 + value), Spearman and Kendall by ranks, each with interval and p value; over all\n"
        "cases, within the class, and given the label. Prints a table; -o writes\n"
        "correlation.json. A value such as <5 is below everything measured.\n",
    .examples = "hipnet correlate predictions.csv -o correlation.json\n"
                "hipnet correlate predictions.csv --risk covid-19-severe --biomarkers crp_mg_l\n",
    .min_arguments = 1,
    .max_arguments = 1,
    .common = HN_CLI_THREADS | HN_CLI_SEED | HN_CLI_JSON | HN_CLI_FORCE,
    .options = option_table,
    .options_size = sizeof(struct options),
    .run = run,
};
