"""NumPy and SciPy share the processors with other workers."""

import scipy.linalg
from threadpoolctl import threadpool_info


def test_products_are_worked_out_by_one_thread():
    scipy.linalg.norm([1.0])

    threads = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]

    assert threads == [1, 1]  # NumPy's library and SciPy's own
