"""Every tolerance and limit of the solver.

absolute: in the unit named; relative: times the figure compared with. Shares are of a label's requests, 0 to
1. An objective is USD a month, or minus points of quality where quality is maximised; "of the scale" is times
what one unit of the solver's objective is worth.
"""

from __future__ import annotations

# Feasibility: how far a rule may be broken and still count as kept.
LABEL_RULE_TOL = 1e-9  # absolute, points or shares: a label's own rules; rounding refuses no plan
LINKING_TOL = 1e-9  # relative to the limit, at least to 1: rules across labels; likewise
JUDGED_RULE_TOL = 1e-6  # absolute, across labels relative: of a plan in a file, whose shares have six digits
HIGHS_ROW_TOL = 5e-6  # absolute: more than HiGHS lets a row of order 1 be broken by
CASE_RULE_TOL = 1e-7  # relative to the limit, at least to 1: a rule broken by more in a worst case is added
CASE_BUDGET_TOL = 1e-8  # relative to the budget: a worst case dearer by more joins the cutting set
BINDING_TOL = 1e-7  # relative to the limit: a rule across labels this near to it is binding
GRID_TOL = 1e-6  # steps of a rule's grid: a limit this near to a step is on it
MOVED_TOL = 1e-6  # relative to the rule's unit: a slack no larger has not moved it

# Shares and whole numbers: what is none.
SHARE_TOL = 1e-9  # absolute: a smaller share, column weight or unserved rest is none
USED_SHARE_TOL = 1e-7  # absolute: an offer of no larger share does not count among the models in use
INTEGRALITY_TOL = 1e-9  # absolute: a binary this near to 0 or 1 is that; branching on it would not end
REPLICA_TOL = 1e-9  # absolute, replicas: a load this little above a whole number rents no further replica
ROUNDING_TOL = 1e-12  # absolute, shares or points, or relative: what the rounding of a few operations adds
SHARE_ROUNDING = 5e-7  # absolute: a share in a file has six digits
EVEN_SHARES_TOL = 1e-5  # absolute: shares of six digits that miss a sum of 1 by less are only rounded

# Optimality.
OPTIMALITY_TOL = 1e-9  # relative: a plan this near to the bound is proven optimal
TIE_TOL = 1e-9  # relative: objectives nearer than this are equal, and the contract's tie-breaking decides
OBJECTIVE_TOL = 1e-7  # relative: optima of two solves nearer than this are one; HiGHS is off by as much
STALL_GAP = 1e-4  # relative: a plan of many labels so near to the bound is left unproven where ...
STALL_NODES = 100  # ... so many halvings of choices have found no better one ...
STALL_FEW_NODES = 40  # ... or so many where it is nearer than BOUND_TOL, and ...
STALL_LABELS = 25  # ... there are so many labels; of fewer the search goes on until it is proven
BOUND_TOL = 1e-6  # relative: a mix must cost so much more than the incumbent leaves it to be pruned
CUTOFF_TOL = 1e-10  # of the scale: a branching node that promises no larger gain is pruned
REDUCED_COST_TOL = 1e-9  # of the scale: an offer or triple of a reduced cost above minus this does not join
COLUMN_COST_TOL = 1e-10  # of the scale: likewise a column out of a list
CHARGE_TOL = 1e-7  # of the scale: a model of no larger completed charge does not join the pool
DUAL_TOL = 1e-12  # absolute, objective: a dual price no larger is none
ARTIFICIAL_TOL = 1e-7  # absolute, labels: above it the master leaves a label to an artificial column
QUALITY_TOL = 1e-5  # absolute, points: plans on the frontier nearer than this are one
ROBUST_TOL = 1e-6  # relative: a worst case this near to the bound is the least
COST_MIP_GAP = 1e-4  # relative: of the cheapest among the equally near relaxations
ROBUST_MIP_GAP = 2e-7  # relative: of the robust integer model, below ROBUST_TOL so that its bound proves
MOVEMENT_TOL = 1e-7  # absolute, relaxations' movements: nearer than this they are equally near

# Numerical searches: when they have arrived.
BREAKPOINT_TOL = 1e-9  # relative: ends of a piece of a parametric optimum nearer than this are one
PAYS_TOL = 1e-4  # relative: width of the bracket of the traffic from which a subscription pays
SWITCH_TOL = 1e-6  # relative: width of the bracket of a switch of plans
LATENCY_TOL = 0.005  # relative: the fastest latency limit that leaves a plan is found this closely
BREAK_EVEN_TOL = 1e-5  # relative: of a break-even found by halving ...
MIN_BREAK_EVEN = 1e-3  # ... relative to today's figure: the precision gets no finer below it
LINE_TOL = 1e-8  # relative: optima nearer than this to a line are on it, within the sensitivity range
KINK_TOL = 1e-4  # relative: shadow prices nearer than this are one
CURVE_TOL = 1e-2  # relative: likewise where a rule bends the optimum
DIFFERENCE_STEP = 1e-3  # of a rule's own step: how far a one-sided difference goes
MIN_STEP = 1e-4  # of a rule's own step: none smaller is tried near the end of what the rule can say
TIGHT_TOL = 1e-8  # relative: a line of the growth search this near to the optimum touches it
FIT_TOL = 1e-7  # relative: the skill model's fit has converged
HULL_TOL = 1e-9  # relative: a hull no thicker is flat, a facet no more inclined is not one of its lower side
ROOT_TOL = 1e-12  # relative: the latency that a mix ends within, as a root of one equation

# Floors of divisors: an objective of 0 must not divide.
MIN_SCALE = 1e-12
MIN_OBJECTIVE = 1e-9
TINY = 1e-300
MIN_BRACKET = 1e-9  # of the highest latency: where the search for a mix's begins
MIN_SIGMA = 1e-9  # of a lognormal latency
MIN_LIMIT = 1e-3  # of a label's own limit, points or shares, in rows that are relative to it
MIN_SPAN = 1e-5  # of the costs' range, where every label's best may be free

# Scales: HiGHS's tolerances are absolute, so the objective's unit must suit the plan.
MAX_SCALE_ABOVE = 10.0  # times a plan's worth: a larger scale hides the optimum, it is solved for again
MAX_SCALE_BELOW = 1e6  # times the scale: a plan worth more is solved for again
MAX_RESCALES = 4
MAX_SPREAD = 1e9  # relative: offers' costs farther apart may look infeasible where they are not
MAX_PENALTY = 1e12  # of the scale: no label is worth as much as leaving it to nobody costs
OBJECTIVE_UNIT = 1e-3  # of a plan's worth: HiGHS stops within 1e-6 of its own unit, whatever gap is asked
LIST_COST_UNIT = 1e-3  # of the list cost: what a month is worth that subscriptions may cover wholly
FIRST_RADIUS = 1e-3  # of the scale: the proof's first model has at least the columns so near
MIN_LATENCY = 1e-3  # seconds: where the search for the fastest limit begins

# Seconds.
QUICK_SECONDS = 1.0  # for the mixes of coupled labels, before sets of providers are looked at
DEFAULT_SECONDS = 60.0  # of a solve, unless told otherwise
MIN_SECONDS = 0.05  # a step gets these even where time is out, so that small problems are still solved
MIN_HIGHS_SECONDS = 0.01  # HiGHS is never asked for less
MAX_REPAIR_SECONDS = 8.0  # to look for repairs, of a plan or of one outage
CONFLICT_TIME = 0.6  # of the time to explain a clash: to find its fewest rules; the rest is the repairs'
MAX_VOLUME_SECONDS = 30.0  # to look for the traffic from which subscriptions pay, all of them together
MAX_TIE_SECONDS = 1.0  # to choose among equals: relaxations equally near, plans with subscriptions

# Sizes: what is beyond goes another way, or not at all.
MAX_MASTER_COLUMNS = (
    1_000  # up to here the master's LP has all columns at once, else those that price out join
)
MAX_DOMINATORS = 64  # mixes of a label and its set of models that others are compared with
MAX_NODE_COLUMNS = 2_000  # likewise the LP of a branching node
MAX_EASY_COLUMNS = 6_000  # up to here the proof takes the whole gap at once
MAX_PAIRED_OFFERS = 400  # offers a label whose pairs are listed in the proof
MAX_PRICED_OFFERS = 150  # offers a label of any number of them, whose mixes of three pricing goes through
MAX_TRIPLED_OFFERS = 60  # offers a label whose mixes of three are listed
MAX_TRIANGLE_OFFERS = 70  # offers a label that the knapsack makes triangles of
MAX_SUMS = 1_000_000  # sums of the knapsack tried at once
MAX_CARRIED_MODELS = 24  # a larger pool of the solve before is not carried over
MAX_UNPRUNED_PAIRS = 80  # pairs with whole numbers up to which subscriptions are decided over all of them
SEED_PAIRS = 8  # pairs a label over which they are first decided where there are more
MORE_PAIRS = 3  # times as many then
MAX_TIED_COVERED_OFFERS = 12  # of offers that subscriptions cover: all that have room may cost nothing
MAX_TIED_PAIRS = 40  # pairs of label and offer, all of which are candidates where labels are coupled
MAX_TIED_OFFERS = 40  # candidates a label in the tie-breaking model, the best by the contract's order
MAX_CACHED_LABELS = 128  # labels kept from one solve to the next, at least
MAX_CACHED_CELLS = 4_000_000  # ... and more where they have no more figures of offers than this
MAX_CACHED_SOLUTIONS = 256  # whole solutions, where they are kept
MAX_LEVELS = 40  # multipliers of a label's rules, whose bounds say which providers to open
MAX_FACETS = 400  # of a hull that multipliers are read off; more add little to the bound
MAX_BREAKPOINTS = 400  # of a parametric optimum, more than anyone looks at
MAX_UNPRESOLVED_COLUMNS = 400  # presolve saves nothing up to here; that of HiGHS 1.12 has missed an optimum
MAX_ELASTIC_PAIRS = 900  # pairs of label and offer up to which the elastic model takes them all
MAX_SHARE_CUTS = 6  # lines under share / n in the elastic model
MAX_KEPT_PLANS = 12  # plans of earlier questions that may answer the next
MAX_NEAR_OFFERS = 12  # a label: where those go that an offer next in line crowds out
MAX_TRIED_OFFERS = 8  # candidates whose cost is solved for, the most promising first
MAX_HALVINGS = 12  # of the gap between a share too small to be and one that can be
MAX_ROBUST_ROUNDS = 100  # of the cutting-set search
MAX_SCENARIO_ROUNDS = 200  # of adding scenarios
MAX_SAMPLED_SHARES = 10_000_000  # samples times offers in use, what fits the memory
MAX_PLAN_CHANGES = 100  # under outages
MAX_SWITCHES = 60  # of plans along a swept figure
MAX_LABEL_SETS = 5_000  # subsets of labels tried for the worst case
MAX_LATENCY = 1e5  # seconds: as a limit it only keeps offers of unknown speed out
MAX_FIT_ROUNDS = 400  # of the skill model's fit
