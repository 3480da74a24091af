"""Mixed-integer programs, solved by HiGHS: one frozen program in, values and a proved bound out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import highspy
import numpy as np
import scipy  # its parts are loaded at their first use

from geo.graph import BoolArray, FloatArray

Outcome = Literal["optimal", "time_limit", "infeasible", "nothing_found"]
_SEED = 1
_NO_GAP = 1e-9


@dataclass(frozen=True, eq=False)
class Program:
    """Minimise or maximise `worth @ x` subject to bounds on x and on `matrix @ x`.

    Attributes:
        worth: Worth of each column, float64 (n,).
        low: Least value of each column.
        high: Largest value of each column.
        integer: Whether a column must be whole, bool (n,).
        matrix: One row a constraint, (m, n).
        row_low: Least value of each row.
        row_high: Largest value of each row.
        maximise: Whether more is better.
    """

    worth: FloatArray
    low: FloatArray
    high: FloatArray
    integer: BoolArray
    matrix: scipy.sparse.csc_array
    row_low: FloatArray
    row_high: FloatArray
    maximise: bool = False


@dataclass(frozen=True, eq=False)
class Solved:
    """Values of the columns (None where none were found), what they are worth, and the bound that is proved."""

    outcome: Outcome
    values: FloatArray | None
    objective: float
    bound: float


def solve_program(program: Program, time_limit_s: float, start: FloatArray | None = None) -> Solved:
    """Solve a program on one thread with a fixed seed, so that what is proved in time is the same each time.

    Args:
        program: The program.
        time_limit_s: Seconds after which the best answer so far is given with its bound.
        start: Values of the columns to begin with.
    """
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", _SEED),
        ("time_limit", float(time_limit_s)),
        ("mip_rel_gap", _NO_GAP),
        ("mip_abs_gap", _NO_GAP),
    ):
        solver.setOptionValue(option, value)
    solver.passModel(_model(program))
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        solver.setSolution(solution)
    solver.run()
    return _read(solver, program)


def _model(program: Program) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(program.worth), len(program.row_low)
    model.col_cost_ = program.worth
    model.col_lower_, model.col_upper_ = program.low, program.high
    model.row_lower_, model.row_upper_ = program.row_low, program.row_high
    model.sense_ = highspy.ObjSense.kMaximize if program.maximise else highspy.ObjSense.kMinimize
    matrix = scipy.sparse.csc_array(program.matrix)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    model.a_matrix_.index_ = matrix.indices.astype(np.int32)
    model.a_matrix_.value_ = matrix.data.astype(np.float64)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[int(whole)] for whole in program.integer]
    return model


def _read(solver: highspy.Highs, program: Program) -> Solved:
    found = solver.getInfo()
    status = solver.getModelStatus()
    worst = -np.inf if program.maximise else np.inf
    if status in {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible}:
        return Solved("infeasible", None, worst, worst)
    has_values = found.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    has_integers = bool(program.integer.any())
    bound = _at_least(float(found.mip_dual_bound if has_integers else found.objective_function_value), program)
    if not has_values:
        return Solved("nothing_found", None, worst, bound)
    values = np.array(solver.getSolution().col_value, dtype=np.float64)
    optimal = status == highspy.HighsModelStatus.kOptimal
    objective = float(found.objective_function_value)
    return Solved("optimal" if optimal else "time_limit", values, objective, objective if optimal else bound)


def _at_least(bound: float, program: Program) -> float:
    """Return the bound, or what the columns' own limits prove where a search that was cut short proved less."""
    toward = program.worth if program.maximise else -program.worth
    at_best = np.where(toward > 0, program.high, program.low)
    trivial = float(program.worth @ np.where(program.worth == 0, 0.0, at_best))
    return min(bound, trivial) if program.maximise else max(bound, trivial)
