/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * command_list.h: every command once: name, program, group, summary.
 * Include it with HN_COMMAND(name, program, group, summary) defined. Order is the order of help.
 */
HN_COMMAND(phantom, "hipnet-data", "Data", "make a synthetic cohort with known truth")
HN_COMMAND(inspect, "hipnet-data", "Data", "say what the builder sees in DICOM and raster files")
HN_COMMAND(build, "hipnet-data", "Data", "build cohort.h5 from manifests and radiographs")
HN_COMMAND(check, "hipnet-data", "Data", "verify the invariants of a cohort file")
HN_COMMAND(show, "hipnet-data", "Data", "print what a cohort file or a split holds")
HN_COMMAND(split, "hipnet-data", "Data", "divide the patients into subsets")
HN_COMMAND(models, "hipnet-train", "Training", "list the backbones")
HN_COMMAND(config, "hipnet-train", "Training", "print, explain and check configurations")
HN_COMMAND(train, "hipnet-train", "Training", "train the members of an ensemble")
HN_COMMAND(import, "hipnet-train", "Training", "turn public weights into a member's weights")
HN_COMMAND(export, "hipnet-train", "Training", "write a backbone's weights with torchvision's names")
HN_COMMAND(predict, "hipnet-infer", "Evaluation", "predict a cohort with a run's members")
HN_COMMAND(evaluate, "hipnet-eval", "Evaluation", "accuracy, AUC and their intervals from predictions")
HN_COMMAND(correlate, "hipnet-eval", "Evaluation", "correlate a class's risk with biomarkers")
HN_COMMAND(report, "hipnet-eval", "Evaluation", "write a self-contained HTML report")
