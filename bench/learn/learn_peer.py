#!/usr/bin/env python3
"""
The peer's side of `bench learn`, a process for each work: reads {"step": "fit", "repeats": n} lines, answers {"ms": [...]};
{"finish": true} gives the accuracy on the test rows and the peak of its resident memory in MB.
"""

import json
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

# name: threads -> an estimator with fit and predict_proba or transform. What OpenMP and BLAS spread, the environment limits.
WORKS = {
    "random-forest": lambda threads: RandomForestClassifier(100, n_jobs=threads),
    "extra-trees": lambda threads: ExtraTreesClassifier(100, n_jobs=threads),
    "boosting": lambda threads: HistGradientBoostingClassifier(max_iter=100, early_stopping=False),
    "naive-bayes": lambda threads: GaussianNB(),
    "mec": lambda threads: QuadraticDiscriminantAnalysis(reg_param=1e-3),
    "logistic": lambda threads: LogisticRegression(),
    # Five passes over nine tenths of the rows, the rest held out, as ours.
    "mlp": lambda threads: MLPClassifier((128, 64), batch_size=128, max_iter=5, early_stopping=True),
    "knn": lambda threads: KNeighborsClassifier(15, algorithm="brute", n_jobs=threads),
    "svm-rbf": lambda threads: SVC(probability=True),
    "svm-linear": lambda threads: SVC(kernel="linear", probability=True),
    "t-sne": lambda threads: TSNE(init="pca", learning_rate="auto", n_jobs=threads),
    "pca": lambda threads: PCA(15, svd_solver="full"),
}


def main():
    warnings.simplefilter("ignore")
    if len(sys.argv) == 1:
        print(json.dumps({"version": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}"}))
        return
    name, threads, size, folder = sys.argv[1:]
    rows, columns = json.loads(size)["rows"], json.loads(size)["columns"]
    x = np.fromfile(Path(folder, "x.f64")).reshape(2 * rows, columns)
    y = np.fromfile(Path(folder, "y.i32"), dtype=np.int32)
    model = WORKS[name](int(threads))
    apply = getattr(model, "predict_proba", None) or getattr(model, "transform", None)
    steps = {"fit": lambda: model.fit(x[:rows], y[:rows])}
    if apply:
        steps["predict"] = lambda: apply(x[rows:])
    for step in steps.values():
        step()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "step" in request:
            times = []
            for _ in range(request["repeats"]):
                start = time.perf_counter()
                steps[request["step"]]()
                times.append(1000 * (time.perf_counter() - start))
            print(json.dumps({"ms": times}), flush=True)
            continue
        accuracy = model.score(x[rows:], y[rows:]) if hasattr(model, "predict_proba") else None
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(json.dumps({"accuracy": accuracy, "peak": peak}), flush=True)


if __name__ == "__main__":
    main()
