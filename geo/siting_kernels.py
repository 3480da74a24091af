"""Compiled kernels of location-allocation: exchanging sites, and the Lagrangian bounds.

A set of sites is improved by the best exchange of one open site for one closed one until none is left (Teitz and Bart
1968); all exchanges of a site are weighed in one pass over those it reaches, by what each open site alone stands for
(Whitaker 1983; Resende and Werneck 2007). The bounds are subgradient descents on the Lagrangian dual (Held, Wolfe and
Crowder 1974): for coverage the constraint "covered only where a site is open" is priced, for p-median "served once"
(Cornuejols, Fisher and Nemhauser 1977).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Array = Any
Number = Any

_STALL = 20
_LAST_STEP = 0.0005
_MEMORY = 0.8
_ROUNDING = 1e-6


@njit(cache=True, nogil=True)
def best_cover_move(
    rows: tuple[Array, Array],
    weight: Array,
    state: tuple[Array, Array, Array, Array, Array],
    may: tuple[Array, Array, Array, Array],
) -> tuple[int, int, float]:
    """Return the best exchange as site in, site out and people won; out -1 adds a site, in -1 where nothing wins.

    An exchange wins at most the people whom nobody reaches yet, and at most these and those whom one site reaches,
    less what the least of the open ones stands for: most sites are passed over for that without a look at their rows.

    Args:
        rows: Row starts int64 (s + 1,) and classes int32, by site.
        weight: People of each class, float64 (k,).
        state: How many open sites reach each class, and the sum of their numbers, int64 (k,); people within each
            site's limit whom no open site reaches, and whom one does, float64 (s,); open, uint8 (s,): 0 closed, 1 open,
            2 open for good, 3 may not be opened.
        may: Cost of each site, its set of rivals, open ones of each set (at least one long), and what is left: the
            number of sites that may still be opened, the budget, float64 (2,).
    """
    first, member = rows
    count, owners, alone, once, open_ = state
    cost, rivals, taken, left = may
    sites = open_.size
    held, slot = _held(open_)
    loss, shared = np.zeros(held.size + 1), np.zeros(held.size + 1)
    for i in range(count.size):
        if count[i] == 1:
            loss[slot[owners[i]]] += weight[i]
    least = loss[: held.size].min() if held.size > 0 else 0.0
    best_in, best_out, best = -1, -1, 1e-9
    for j in range(sites):
        adds = left[0] >= 1.0 and left[1] >= cost[j]
        most = alone[j] if adds else min(alone[j], alone[j] + once[j] - least)
        if open_[j] != 0 or most <= best - _ROUNDING:
            continue
        gain = 0.0
        shared[:] = 0.0
        for e in range(first[j], first[j + 1]):
            i = member[e]
            if count[i] == 0:
                gain += weight[i]
            elif count[i] == 1:
                shared[slot[owners[i]]] += weight[i]
        rival = rivals[j]
        free = rival < 0 or taken[rival] == 0
        if free and left[0] >= 1.0 and left[1] >= cost[j] and gain > best:
            best_in, best_out, best = j, -1, gain
        for at in range(held.size):
            k = held[at]
            won = gain - loss[at] + shared[at]
            if won > best and left[1] + cost[k] >= cost[j] and (free or rivals[k] == rival):
                best_in, best_out, best = j, k, won
    return best_in, best_out, best


@njit(cache=True, nogil=True)
def _held(open_: Array) -> tuple[Array, Array]:
    """Return the sites that may be closed, and each site's place among them; the others share the place behind."""
    held = np.flatnonzero(open_ == 1)
    slot = np.full(open_.size, held.size, np.int64)
    for at in range(held.size):
        slot[held[at]] = at
    return held, slot


@njit(cache=True, nogil=True)
def flip_site(
    rows: tuple[Array, Array],
    columns: tuple[Array, Array],
    weight: Array,
    change: tuple[int, int],
    state: tuple[Array, Array, Array, Array],
) -> None:
    """Open or close a site in the counts of who is reached.

    Args:
        rows: Row starts and classes, by site.
        columns: Row starts and sites, by class.
        weight: People of each class.
        change: The site, and 1 to open or -1 to close it.
        state: As of `best_cover_move`, without what is open; written.
    """
    first, member = rows
    class_first, reached_by = columns
    site, sign = change
    count, owners, alone, once = state
    for e in range(first[site], first[site + 1]):
        i = member[e]
        before, after = count[i], count[i] + sign
        count[i] = after
        owners[i] += sign * site
        if before > 1 and after > 1:
            continue
        to_alone = weight[i] * (int(after == 0) - int(before == 0))
        to_once = weight[i] * (int(after == 1) - int(before == 1))
        for f in range(class_first[i], class_first[i + 1]):
            alone[reached_by[f]] += to_alone
            once[reached_by[f]] += to_once


@njit(cache=True, nogil=True)
def _best_sum(score: Array, open_: Array, cost: Array, left: Array, chosen: Array) -> float:
    """Choose the sites of the largest scores, mark them, and return what no choice can exceed.

    With a budget the bound is the fractional one of the knapsack, and the smaller of the two holds.
    """
    chosen[:] = 0
    total = 0.0
    for j in range(score.size):
        if open_[j] == 2:
            chosen[j] = 1
            total += score[j]
    order = np.argsort(-score)
    most, number, spent = 0.0, 0.0, 0.0
    for j in order:
        if open_[j] >= 2 or score[j] <= 0.0 or number >= left[0]:
            continue
        number += 1.0
        most += score[j]
        if spent + cost[j] <= left[1]:
            spent += cost[j]
            chosen[j] = 1
    if np.isfinite(left[1]):
        worth = np.empty(score.size)
        for j in range(score.size):
            worth[j] = score[j] / max(cost[j], 1e-12) if open_[j] < 2 else -1.0
        fractional, money = 0.0, left[1]
        for j in np.argsort(-worth):
            if open_[j] >= 2 or score[j] <= 0.0:
                continue
            part = 1.0 if cost[j] <= money else money / cost[j]
            fractional += part * score[j]
            money -= part * cost[j]
            if money <= 0.0:
                break
        most = min(most, fractional)
    return total + most


@njit(cache=True, nogil=True)
def bound_cover(
    rows: tuple[Array, Array],
    weight: Array,
    open_: Array,
    may: tuple[Array, Array],
    known: tuple[float, int, float],
    price: Array,
) -> tuple[float, Array]:
    """Return an upper bound on the people that can be covered, and the sites of the best round, uint8 (s,).

    Args:
        rows: Row starts and classes, by site.
        weight: People of each class.
        open_: As of `best_cover_move`; what is 2 is open in every answer, what is 3 in none.
        may: Cost of each site; sites and budget left beside what is open for good, float64 (2,).
        known: People covered by the best answer so far, number of rounds, length of the first steps.
        price: Price of each class, float64 (k,), between 0 and its people; the best prices when it ends.
    """
    first, member = rows
    cost, left = may
    sites, classes = open_.size, weight.size
    score, chosen, best_chosen = np.empty(sites), np.zeros(sites, np.uint8), np.zeros(sites, np.uint8)
    count, now, way = np.empty(classes), price.copy(), np.zeros(classes)
    best, step, stall = np.inf, known[2], 0
    for _ in range(known[1]):
        total = 0.0
        for i in range(classes):
            total += weight[i] - now[i]
        for j in range(sites):
            reach = 0.0
            if open_[j] != 3:
                for e in range(first[j], first[j + 1]):
                    reach += now[member[e]]
            score[j] = reach
        total += _best_sum(score, open_, cost, left, chosen)
        if total < best - 1e-7 * abs(best) or best == np.inf:
            stall = 0
        else:
            stall += 1
        if total < best:
            best = total
            price[:] = now
            best_chosen[:] = chosen
        if stall >= _STALL:
            step, stall = step / 2.0, 0
            now[:] = price
            way[:] = 0.0
        if step < _LAST_STEP or best <= known[0]:
            break
        count[:] = 0.0
        for j in range(sites):
            if chosen[j] == 1:
                for e in range(first[j], first[j + 1]):
                    count[member[e]] += 1.0
        norm = 0.0
        for i in range(classes):
            slope = count[i] - (1.0 if now[i] < weight[i] or count[i] >= 1.0 else 0.0)
            if (now[i] <= 0.0 and slope > 0.0) or (now[i] >= weight[i] and slope < 0.0):
                slope = 0.0
            way[i] = slope + _MEMORY * way[i]
            norm += way[i] * way[i]
        if norm == 0.0:
            break
        length = step * max(total - known[0], 1e-6 * abs(total)) / norm
        for i in range(classes):
            now[i] = min(max(now[i] - length * way[i], 0.0), weight[i])
    return best, best_chosen


@njit(cache=True, nogil=True)
def two_nearest(cost: Array, open_: Array, far: float, near: tuple[Array, Array, Array]) -> None:
    """Write each point's nearest open site, its cost and the cost of the second nearest.

    Args:
        cost: People x distance of each site and point, float64 (s, h).
        open_: As of `best_cover_move`.
        far: Cost of a point that no open site reaches; over every cost of one that is reached.
        near: Site int64 (h,), -1 for none, cost float64 (h,), second cost float64 (h,); written.
    """
    site, one, two = near
    site[:] = -1
    one[:] = far
    two[:] = far
    for j in range(open_.size):
        if open_[j] != 1 and open_[j] != 2:
            continue
        for i in range(one.size):
            c = cost[j, i]
            if c < one[i]:
                two[i] = one[i]
                one[i] = c
                site[i] = j
            elif c < two[i]:
                two[i] = c


@njit(cache=True, nogil=True)
def best_median_move(
    cost: Array, open_: Array, near: tuple[Array, Array, Array], may: tuple[Array, Array, Array, Array]
) -> tuple[int, int, float]:
    """Return the best exchange as site in, site out and cost saved; as of `best_cover_move`.

    Args:
        cost: People x distance, float64 (s, h), finite.
        open_: As of `best_cover_move`.
        near: As `two_nearest` wrote it.
        may: As of `best_cover_move`.
    """
    site, one, two = near
    price, rivals, taken, left = may
    sites = open_.size
    held, slot = _held(open_)
    loss, shared = np.zeros(held.size + 1), np.zeros(held.size + 1)
    place = np.full(one.size, held.size, np.int64)
    for i in range(one.size):
        if site[i] >= 0:
            place[i] = slot[site[i]]
        loss[place[i]] += two[i] - one[i]
    best_in, best_out, best = -1, -1, 1e-9
    for j in range(sites):
        if open_[j] != 0:
            continue
        gain = 0.0
        shared[:] = 0.0
        for i in range(one.size):
            c = cost[j, i]
            if c < one[i]:
                gain += one[i] - c
                shared[place[i]] += two[i] - one[i]
            elif c < two[i]:
                shared[place[i]] += two[i] - c
        rival = rivals[j]
        free = rival < 0 or taken[rival] == 0
        if free and left[0] >= 1.0 and left[1] >= price[j] and gain > best:
            best_in, best_out, best = j, -1, gain
        for at in range(held.size):
            k = held[at]
            won = gain - loss[at] + shared[at]
            if won > best and left[1] + price[k] >= price[j] and (free or rivals[k] == rival):
                best_in, best_out, best = j, k, won
    return best_in, best_out, best


@njit(cache=True, nogil=True)
def bound_median(
    cost: Array, open_: Array, may: tuple[Array, Array], known: tuple[float, int, float], price: Array
) -> tuple[float, Array]:
    """Return a lower bound on people x distance, and the sites of the best round, uint8 (s,).

    Args:
        cost: People x distance, float64 (s, h); infinite where a site does not reach a point.
        open_: As of `best_cover_move`.
        may: Cost of choosing each site; sites and budget left, float64 (2,).
        known: People x distance of the best answer so far, number of rounds, length of the first steps.
        price: What serving each point is worth, float64 (h,); the best prices when it ends.
    """
    dear, left = may
    sites, points = cost.shape
    score, chosen, best_chosen = np.empty(sites), np.zeros(sites, np.uint8), np.zeros(sites, np.uint8)
    count, now = np.empty(points), price.copy()
    best, step, stall = -np.inf, known[2], 0
    for _ in range(known[1]):
        for j in range(sites):
            saved = 0.0
            if open_[j] != 3:
                for i in range(points):
                    if now[i] > cost[j, i]:
                        saved += now[i] - cost[j, i]
            score[j] = saved
        total = now.sum() - _best_sum(score, open_, dear, left, chosen)
        if total > best + 1e-7 * abs(best) or best == -np.inf:
            stall = 0
        else:
            stall += 1
        if total > best:
            best = total
            price[:] = now
            best_chosen[:] = chosen
        if stall >= _STALL:
            step, stall = step / 2.0, 0
            now[:] = price
        if step < _LAST_STEP or best >= known[0]:
            break
        count[:] = 1.0
        for j in range(sites):
            if chosen[j] == 1:
                for i in range(points):
                    if now[i] > cost[j, i]:
                        count[i] -= 1.0
        norm = (count * count).sum()
        if norm == 0.0:
            break
        length = step * max(known[0] - total, 1e-6 * abs(total)) / norm
        for i in range(points):
            now[i] += length * count[i]
    return best, best_chosen
