#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What scikit-learn, SciPy and statsmodels say of a few small samples, as fixtures for the tests
of lib/stats. Where they have no function (DeLong's variance, clusters, strata), the definition is
written out over all pairs. Usage: stats.py OUTPUT_FOLDER (tests/data/stats)."""
import csv
import json
import math
import sys
from pathlib import Path

import numpy as np
from scipy import stats as ss
from scipy.stats import _resampling
from sklearn import metrics as sm
from statsmodels.stats.proportion import proportion_confint

np.seterr(all="ignore")
OUT = Path(sys.argv[1])


def clean(value):
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [clean(v) for v in value]
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    return float(value) if math.isfinite(value) else None


def save(name, value):
    (OUT / name).write_text(json.dumps(clean(value), indent=1) + "\n")


# ---- Figures of one sample ---------------------------------------------------------------------

def auc(y, s):
    return sm.roc_auc_score(y, s) if 0 < y.sum() < len(y) else math.nan


def ece(conf, hit, bins, edges):
    line = np.linspace(0, 1, bins + 1)
    if edges == "guo":
        b = np.searchsorted(line[1:-1], conf)
    elif edges == "numpy":
        b = np.minimum(np.searchsorted(line, conf, side="right") - 1, bins - 1)
    else:
        b = np.searchsorted(line, conf, side="right") - 1
    return sum(abs(hit[b == i].mean() - conf[b == i].mean()) * (b == i).mean() for i in set(b))


def ratio(a, b):
    return a / b if b else math.nan


def figures(y, p, present=None):
    """Figures by name; `present`: classes that averages go over (default: those in y)."""
    n, k = p.shape
    top = p.argmax(1)
    present = sorted(set(y)) if present is None else present
    onehot = np.eye(k)[y]
    per = []
    for c in range(k):
        yc, tc = y == c, top == c
        tp, fp, fn = (yc & tc).sum(), (~yc & tc).sum(), (yc & ~tc).sum()
        tn = n - tp - fp - fn
        per.append({
            "auc": auc(yc.astype(int), p[:, c]),
            "average_precision":
                sm.average_precision_score(yc, p[:, c]) if yc.any() else math.nan,
            "sensitivity": ratio(tp, tp + fn), "specificity": ratio(tn, tn + fp),
            "ppv": ratio(tp, tp + fp), "npv": ratio(tn, tn + fn),
            "f1": sm.f1_score(yc, tc) if yc.any() else math.nan,
            "accuracy": sm.accuracy_score(yc, tc)})

    def mean(key):
        return float(np.mean([per[c][key] for c in present]))

    pairs = [(auc((y[m] == i).astype(int), p[m, i]))
             for i in present for j in present if i != j
             for m in [(y == i) | (y == j)]]
    if len(present) == k and len(set(y)) == k:
        if k > 2:
            assert abs(np.mean(pairs) - sm.roc_auc_score(y, p, multi_class="ovo")) < 1e-12
            assert abs(mean("auc") - sm.roc_auc_score(y, p, multi_class="ovr")) < 1e-12
    counts = np.bincount(y, minlength=k)
    conf, hit = p.max(1), (top == y).astype(float)
    overall = {
        "accuracy": sm.accuracy_score(y, top),
        "accuracy_ovr_mean": np.mean([x["accuracy"] for x in per]),
        "balanced_accuracy": mean("sensitivity"),
        "auc_macro_ovr": mean("auc"),
        "auc_weighted_ovr":
            sum(counts[c] * per[c]["auc"] for c in present) / sum(counts[c] for c in present),
        "auc_micro": sm.roc_auc_score(onehot.ravel(), p.ravel()),
        "auc_hand_till": np.mean(pairs) if pairs else math.nan,
        "average_precision_macro": mean("average_precision"),
        "sensitivity_macro": mean("sensitivity"), "specificity_macro": mean("specificity"),
        "ppv_macro": mean("ppv"), "npv_macro": mean("npv"), "f1_macro": mean("f1"),
        "kappa": sm.cohen_kappa_score(y, top), "mcc": sm.matthews_corrcoef(y, top),
        "log_loss": sm.log_loss(y, p, labels=list(range(k)), eps=np.finfo(float).eps),
        "brier": ((p - onehot) ** 2).sum(1).mean(),
        "ece": ece(conf, hit, 15, "guo")}
    return {"overall": overall, "per_class": per}


# ---- Variances, by definition over all pairs -----------------------------------------------------

def psi(x, y):
    return (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])


def variances(y, p, patient, random_mix):
    n, k = p.shape
    present = sorted(set(y))
    clusters = sorted(set(patient))
    clustered = len(clusters) < n
    num = [int((y == c).sum()) for c in range(k)]
    out = {"auc": [math.nan] * k, "variance": [math.nan] * k}
    X, Y = np.zeros(n), np.zeros((n, k))
    g_macro, infl, g_ht = np.zeros(n), np.zeros(n), np.zeros(n)

    def sandwich(d):
        c = len(clusters)
        sums = np.array([d[patient == q].sum() for q in clusters])
        return c / (c - 1) * (sums ** 2).sum()

    for c in present:
        pos, neg = y == c, y != c
        m = psi(p[pos, c], p[neg, c])
        a = m.mean()
        X[pos], Y[neg, c] = m.mean(1), m.mean(0)
        out["auc"][c] = a
        d = np.where(pos, (X - a) / num[c], (Y[:, c] - a) / (n - num[c]))
        infl += d / len(present)
        if clustered:
            out["variance"][c] = sandwich(d) if len(set(patient[pos])) > 1 else math.nan
        elif num[c] > 1 and n - num[c] > 1:
            out["variance"][c] = m.mean(1).var(ddof=1) / num[c] + \
                m.mean(0).var(ddof=1) / (n - num[c])
    q = len(present)
    for i in range(n):
        c = y[i]
        g_macro[i] = (X[i] + sum(num[c] / (n - num[j]) * Y[i, j] for j in present if j != c)) / q
        g_ht[i] = sum(psi(p[i:i + 1, c], p[y == j, c]).mean() + Y[i, j]
                      for j in present if j != c) / (q * (q - 1))
    out["macro"] = np.mean([out["auc"][c] for c in present])
    out["hand_till"] = np.mean([psi(p[y == i, i], p[y == j, i]).mean()
                                for i in present for j in present if i != j])

    def strata(g):
        if clustered:
            d = np.array([(g[i] - g[y == y[i]].mean()) / num[y[i]] for i in range(n)])
            return sandwich(d)
        return sum(g[y == c].var(ddof=1) / num[c] for c in present)

    out["macro_variance"] = sandwich(infl) if random_mix or clustered else strata(g_macro)
    out["hand_till_variance"] = strata(g_ht)
    return out


# ---- Samples ----------------------------------------------------------------------------------------

def hundredths(rng, n, k, y, lift):
    """Probabilities that are multiples of 1/64 (so that they sum to 1 exactly), with many ties."""
    z = rng.normal(size=(n, k))
    z[np.arange(n), y] += lift
    e = np.exp(z)
    q = np.floor(64 * e / e.sum(1, keepdims=True)).astype(int)
    q[np.arange(n), q.argmax(1)] += 64 - q.sum(1)
    return q / 64


def smooth(rng, n, k, y, lift):
    z = rng.normal(size=(n, k))
    z[np.arange(n), y] += lift
    e = np.exp(z)
    return e / e.sum(1, keepdims=True)


def samples():
    rng = np.random.default_rng(20240229)
    y = rng.choice(5, 60, p=[.3, .3, .15, .15, .1])
    yield "ties", y, hundredths(rng, 60, 5, y, 1.2), np.arange(60)
    y = rng.choice(3, 150, p=[.5, .3, .2])
    yield "smooth", y, smooth(rng, 150, 3, y, 1.0), np.arange(150)
    y = rng.choice(2, 25)
    yield "binary", y, smooth(rng, 25, 2, y, 0.8), np.arange(25)
    y = rng.choice([0, 1, 3], 30)
    yield "absent", y, smooth(rng, 30, 4, y, 0.8), np.arange(30)
    y = rng.choice(3, 48, p=[.4, .4, .2])
    yield "clustered", y, smooth(rng, 48, 3, y, 0.8), np.sort(rng.choice(20, 48))
    y = np.repeat([0, 1, 2], 4)
    yield "perfect", y, np.eye(3)[y] * 0.5 + 1 / 6, np.arange(12)


CLASSES = ["pji", "aseptic_loosening", "dislocation", "periprosthetic_fracture",
           "polyethylene_wear"]


def write_csv(name, y, p, patient):
    with open(OUT / f"{name}.csv", "w", newline="") as f:
        w = csv.writer(f)
        k = p.shape[1]
        w.writerow(["patient_id", "label"] + [f"p_{c}" for c in CLASSES[:k]] + ["case_id"])
        for i in range(len(y)):
            w.writerow([f"q{patient[i]:03d}", CLASSES[y[i]]] + [repr(float(v)) for v in p[i]] +
                       [f"c{i:03d}"])


def main():
    expected = {}
    for name, y, p, patient in samples():
        write_csv(name, y, p, patient)
        conf, hit = p.max(1), (p.argmax(1) == y).astype(float)
        entry = figures(y, p)
        entry["variances"] = {"fixed": variances(y, p, patient, False),
                              "random": variances(y, p, patient, True)}
        entry["ece"] = {e: {str(b): ece(conf, hit, b, e) for b in (4, 10, 15)}
                        for e in ("guo", "numpy", "torchmetrics")}
        entry["partial"] = {str(f): [sm.roc_auc_score(y == c, p[:, c], max_fpr=f)
                                     if (y == c).any() else math.nan for c in range(p.shape[1])]
                            for f in (0.1, 0.25, 0.8, 1.0)}
        expected[name] = entry
        if name in ("ties", "clustered"):
            save(f"replicates_{name}.json", replicates(y, p, patient))
    save("expected.json", expected)
    save("proportions.json", proportions())
    save("correlations.json", correlations())


def replicates(y, p, patient, count=40):
    """Drawn counts of patients, the figures of each replicate, and the intervals from them."""
    rng = np.random.default_rng(7)
    names = sorted(set(patient))
    present = sorted(set(y))
    keys = ["accuracy", "balanced_accuracy", "auc_macro_ovr", "auc_weighted_ovr", "auc_micro",
            "auc_hand_till", "average_precision_macro", "f1_macro", "kappa", "mcc", "log_loss",
            "brier", "ece", "ppv_macro", "npv_macro"]

    def of(drawn):
        rows = np.concatenate([np.flatnonzero(patient == names[c]) for c in drawn])
        lost = set(present) - set(y[rows])
        f = figures(y[rows], p[rows], [c for c in present if c not in lost] if lost else present)
        if lost:
            for key in ("balanced_accuracy", "auc_macro_ovr", "auc_weighted_ovr", "auc_hand_till",
                        "average_precision_macro", "f1_macro", "ppv_macro", "npv_macro"):
                f["overall"][key] = math.nan
        return f

    drawn = [rng.integers(0, len(names), len(names)) for _ in range(count)]
    all_figures = [of(d) for d in drawn]
    values = {k: [f["overall"][k] for f in all_figures] for k in keys}
    intervals = {}
    whole = figures(y, p)["overall"]
    for key in ("accuracy", "auc_micro", "brier", "log_loss"):
        t = np.array(values[key])
        low, high = np.percentile(t, [2.5, 97.5])

        def statistic(indices, axis=-1):
            indices = np.asarray(indices)
            flat = indices.reshape(-1, indices.shape[-1])
            got = np.array([of(row)["overall"][key] for row in flat])
            return got.reshape(indices.shape[:-1])

        a1, a2, _ = _resampling._bca_interval((np.arange(len(names)),), statistic, -1, 0.025, t,
                                              None)
        intervals[key] = {"percentile": [low, high],
                          "basic": [2 * whole[key] - high, 2 * whole[key] - low],
                          "bca": list(np.percentile(t, [100 * float(a1), 100 * float(a2)]))}
    return {"counts": [np.bincount(d, minlength=len(names)) for d in drawn],
            "values": values,
            "class_auc": [[f["per_class"][c]["auc"] for f in all_figures]
                          for c in range(p.shape[1])],
            "class_average_precision": [[f["per_class"][c]["average_precision"]
                                         for f in all_figures] for c in range(p.shape[1])],
            "intervals": intervals}


def proportions():
    rows = []
    methods = {"wilson": "wilson", "clopper-pearson": "beta", "agresti-coull": "agresti_coull",
               "jeffreys": "jeffreys"}
    for n in (1, 2, 5, 17, 100, 667, 100000):
        for x in sorted({0, 1, n // 3, n // 2, n - 1, n}):
            for level in (0.95, 0.8):
                row = {"x": x, "n": n, "confidence": level}
                for ours, theirs in methods.items():
                    row[ours] = np.clip(proportion_confint(x, n, 1 - level, theirs), 0, 1)
                rows.append(row)
    return rows


def partial(x, y, g, ranks):
    if ranks:
        x, y = ss.rankdata(x), ss.rankdata(y)
    kinds = sorted(set(g))
    z = np.column_stack([np.ones(len(x))] + [(g == c).astype(float) for c in kinds[1:]])
    rx = x - z @ np.linalg.lstsq(z, x, rcond=None)[0]
    ry = y - z @ np.linalg.lstsq(z, y, rcond=None)[0]
    r = (rx @ ry) / math.sqrt((rx @ rx) * (ry @ ry))
    df = len(x) - 2 - (len(kinds) - 1)
    t = r * math.sqrt(df / (1 - r * r))
    half = ss.norm.ppf(0.975) / math.sqrt(len(x) - (len(kinds) - 1) - 3)
    return {"estimate": r, "p": 2 * ss.t.sf(abs(t), df), "low": math.tanh(math.atanh(r) - half),
            "high": math.tanh(math.atanh(r) + half)}


def correlations():
    rng = np.random.default_rng(3)
    x = rng.normal(size=40)
    y = 0.5 * x + rng.normal(size=40)
    tied = np.round(y)
    vectors = {
        "smooth": (x, y), "tied": (np.round(2 * x) / 2, tied), "short": (x[:5], y[:5]),
        "three": (np.array([1., 2, 4]), np.array([2., 1, 5])),
        "four": (np.array([1., 2, 3, 4]), np.array([2., 1, 3, 9])),
        "large": (rng.normal(size=300), rng.normal(size=300)),
        "monotone": (np.arange(12.), np.arange(12.) ** 3),
        "reversed": (np.arange(9.), -np.arange(9.) ** 3),
        "one_swap": (np.arange(60.), np.r_[1, 0, np.arange(2, 60.)]),
        "tiny": (x * 1e-157, y * 1e-157), "huge": (x * 1e155, y * 1e155),
        "offset": (x + 1e9, y + 1e9),
    }
    z = ss.norm.ppf(0.975)
    out = {}
    for name, (a, b) in vectors.items():
        n = len(a)
        pr = ss.pearsonr(a, b)
        ci = pr.confidence_interval(0.95)
        rho, rho_p = ss.spearmanr(a, b)
        tau, tau_p = ss.kendalltau(a, b)

        def fisher(r, v):
            if v is None:
                return [-1, 1]
            return [math.tanh(math.atanh(r) - z * math.sqrt(v)),
                    math.tanh(math.atanh(r) + z * math.sqrt(v))] if abs(r) < 1 else [r, r]

        out[name] = {
            "x": a, "y": b,
            "pearson": {"estimate": pr[0], "p": pr[1], "low": ci.low, "high": ci.high},
            "spearman": {"estimate": rho, "p": rho_p,
                         "fieller": fisher(rho, 1.06 / (n - 3) if n > 3 else None),
                         "fisher": fisher(rho, 1 / (n - 3) if n > 3 else None),
                         "bonett-wright": fisher(rho, (1 + rho * rho / 2) / (n - 3)
                                                 if n > 3 else None)},
            "kendall": {"estimate": tau, "p": tau_p,
                        "fieller": fisher(tau, 0.437 / (n - 4) if n > 4 else None)}}
    g = rng.choice(3, 40)
    score = dis_x = dis_y = 0
    for i in range(40):
        for j in range(i):
            if g[i] == g[j]:
                sx, sy = np.sign(x[i] - x[j]), np.sign(tied[i] - tied[j])
                score, dis_x, dis_y = score + sx * sy, dis_x + abs(sx), dis_y + abs(sy)
    out["partial"] = {"x": x, "y": tied, "group": g,
                      "pearson": partial(x, tied, g, False), "spearman": partial(x, tied, g, True),
                      "kendall": {"estimate": score / math.sqrt(dis_x * dis_y)}}
    return out


if __name__ == "__main__":
    main()
