/*
 * Who owns a case: a model of decide/ for Spin, checked in every reachable state.
 *
 * One case, five units that may own in three levels, two releases (the second in two variants).
 * The number of messages, deadlines, restarts and changes of the case is not bounded. run.py checks
 *   the rules     all of them; at any moment any message may arrive, fresh or stale, from any unit
 *   -DLINK        without facts, requests and assists, but with an explicit link: two messages on
 *                 their way, late, in any order, more than once; commits of up to two entries, and
 *                 restarts that lose them
 *   -DLIVENESS    the formulas at the end, under weak fairness, without assists. The broker is
 *                 taken to commit at last, and facts to be refused during an offer: taking its
 *                 place for ever, they could keep it from every terminal unit, as a mutant shows.
 * and the mutants: -DMUTANT_<NAME> breaks one rule of the broker, never a check. Each must be
 * caught.
 *
 * What stands for what
 *   record, stored        the CaseRecord in the broker's memory, and that of the last commit
 *   decide_message()      decide(record, MessageCommand) and apply()
 *   miss_*()              decide(record, DeadlineCommand) and apply()
 *   succeed()             the entry that moves one case off the units that a release has ended
 *   append(), commit(), restart()   the sequencer: apply(), commit() and recovery
 *   audit()               what an auditor holds every entry against, knowing the record before it;
 *                         `owners` is folded from the entries alone
 *   Stations              every unit, which may send any message at any time, or none
 *   Network               the link of -DLINK
 *   Lead-, Offer-, Request-, AssistDeadline   the sequencer's clock, one process each, so that
 *                         weak fairness says of each alone that it comes
 *   Release, Succession   the activation of release 2, and what follows for the case
 *   Power                 the broker stops and starts; commit_or_restart() is where it may stop
 *                         between a decision and its commit
 *
 * What is left out, and why nothing is lost
 *   Versions  No version comes twice, so of an expected version only one thing counts: is it the
 *             record's. That bit is kept instead of numbers. That every entry moves the version by
 *             one is `moves`.
 *   Link      A message is decided by its content and that bit. So the rules' Stations, which send
 *             any content with either value, stand for a link that holds any number of messages,
 *             late and out of order. A message whose commit was lost is sent again: it is fresh.
 *   Chains    Units that a chain has left behind decide nothing. `lead` holds the rest: its first
 *             unit is the owner, its last the terminal unit.
 *   Ids       A copy of a decided message gets the outcome that the log holds, so it is a step
 *             without effect. The opening, whose id is the case's, may come again at any time.
 *   Time      A deadline may come as soon as it is armed, or late.
 *   Kinds     received, progress, cancel, note and erase touch no owner, offer or chain.
 *
 * Where the design leaves a choice the model makes both: facts during an offer are refused, or take
 * the offer's place; a successor inherits an acceptance, or is asked again.
 */

/* ---- units and releases ---------------------------------------------------------------------- */

#define NOBODY  0
#define R1      1 /* regency; ends with release 2 */
#define R2      2 /* regency */
#define P       3 /* province; ends with release 2 */
#define Q       4 /* province */
#define N       5 /* national */
#define OPENER  6 /* opens the case and is in no chain */

/* Release 2 comes in two variants: */
#define FIRST       1
#define SECOND_R    2 /* R1 is succeeded by R2, P by nobody */
#define SECOND_P    3 /* P is succeeded by Q, R1 by nobody */

#define is_ended(u)   (record.in_force != FIRST && ((u) == R1 || (u) == P))
#define is_active(u)  ((u) != NOBODY && !is_ended(u))
#define successor(u)  ((u) == R1 && record.in_force == SECOND_R -> R2 : \
                      ((u) == P && record.in_force == SECOND_P -> Q : NOBODY))

/* A chain: octal digits, the unit whose turn it is last, the terminal unit first; 0 is no chain. */
#define first(c)        ((c) & 7)
#define wider(c)        ((c) >> 3)
#define is_terminal(c)  ((c) < 8)
#define chain1(a)       (a)
#define chain2(a, b)    ((a) + 8 * (b))
#define chain3(a, b, c) ((a) + 8 * (b) + 64 * (c))
#define last(c)         ((c) >= 64 -> (c) >> 6 : ((c) >= 8 -> (c) >> 3 : (c)))

/* The middle of the chain of a regency. */
#define province_chain \
  (record.in_force == FIRST -> chain2(P, N) : \
   (record.in_force == SECOND_P -> chain2(Q, N) : chain1(N)))
/* What the table gives for a unit, and for the facts (0 or 1). */
#define chain_of(u) \
  ((u) == R1 || (u) == R2 -> (u) + 8 * province_chain : ((u) == N -> chain1(N) : chain2(u, N)))
#define route_of(f) \
  ((f) == 1 -> chain_of(Q) : \
   (record.in_force == FIRST -> chain_of(R1) : \
    (record.in_force == SECOND_R -> chain_of(R2) : province_chain)))
#define names_ended(c) \
  (is_ended((c) & 7) || is_ended(((c) >> 3) & 7) || is_ended((c) >> 6))

/* ---- the case -------------------------------------------------------------------------------- */

#define NONE    0 /* status */
#define OPEN    1
#define CLOSED  2

#define REQUESTED 1 /* state of an assignment; 0: there is none */
#define ACCEPTED  2
#define COMPLETED 3

#define BY_TRANSFER 1
#define BY_FACTS    2

typedef Case {
  byte status;
  byte in_force; /* the release */
  bit facts;
  short lead; /* the rest of the lead assignment's chain: first() owns */
  byte state;
  bit deadline;
  short offer; /* 0: none */
  byte offered_by;
  bit offer_deadline;
  byte requester; /* of a transfer; NOBODY: no request */
  short decider;  /* the rest of the owner's chain from the deciding unit on */
  bit request_deadline;
  short assist; /* another assignment: 0 until asked for */
  byte assist_state;
  bit assist_deadline
}

Case record, stored, before;

inline copy(to, from) {
  to.status = from.status; to.in_force = from.in_force; to.facts = from.facts;
  to.lead = from.lead; to.state = from.state; to.deadline = from.deadline;
  to.offer = from.offer; to.offered_by = from.offered_by; to.offer_deadline = from.offer_deadline;
  to.requester = from.requester; to.decider = from.decider;
  to.request_deadline = from.request_deadline;
  to.assist = from.assist; to.assist_state = from.assist_state;
  to.assist_deadline = from.assist_deadline
}

#define same(a, b) \
  (a.status == b.status && a.in_force == b.in_force && a.facts == b.facts && same_lead(a, b) && \
   same_offer(a, b) && a.requester == b.requester && a.decider == b.decider && \
   a.request_deadline == b.request_deadline && same_assist(a, b))
#define same_lead(a, b)  (a.lead == b.lead && a.state == b.state && a.deadline == b.deadline)
#define same_offer(a, b) \
  (a.offer == b.offer && a.offered_by == b.offered_by && a.offer_deadline == b.offer_deadline)
#define same_assist(a, b) \
  (a.assist == b.assist && a.assist_state == b.assist_state && \
   a.assist_deadline == b.assist_deadline)

/* The units that own, folded by the auditor from what the entries say, one bit each. */
byte owners, stored_owners;
#define bit_of(u) (1 << (u))

/* A release has ended a unit that the case still names: nothing is decided before succession. */
#define succession_due \
  (record.status == OPEN && record.in_force != FIRST && \
   (names_ended(record.lead) || names_ended(record.offer) || names_ended(record.decider) || \
    names_ended(record.assist) || is_ended(record.requester)))
#ifdef MUTANT_SUCCESSION_SKIPPED
#define may_decide true
#else
#define may_decide (!succession_due)
#endif

/* ---- what can happen ------------------------------------------------------------------------- */

mtype = { REFERRAL, ACCEPT, DECLINE, TRANSFER, WITHDRAW, FACTS, FACTS_IN_PLACE, TRANSFER_REQUEST,
          REFUSE_REQUEST, ASSIST, ACCEPT_ASSIST, DECLINE_ASSIST, COMPLETE, COMPLETE_ASSIST, CLOSE,
          REOPEN,                                                        /* kinds of messages */
          LEAD_MISSED, OFFER_MISSED, REQUEST_MISSED, ASSIST_MISSED,      /* deadlines */
          ACTIVATED, SUCCEEDED };

/* One decision; all 0 between two. */
mtype cause;
byte sender, target;
bit changed;  /* accepted: the record has changed */
bit rejected; /* refused: the record stands */
bit moves;    /* the entry moves the record's version */
byte from, to; /* the entry moves ownership */
short chain;  /* what the table gave, or succession */

/* Decisions that await their commit, and how many of them have moved the record's version. */
byte uncommitted, ahead;

#ifdef LINK
#define ON_THE_WAY 2
#define BATCH      2
#define EMPTY      0
#define UNDECIDED  1 /* no outcome in the log */
#define IN_BATCH   2 /* decided, not committed */
#define DECIDED    3 /* a copy; the log holds the outcome */
typedef Message {
  byte way;
  mtype kind;
  byte sender, target;
  bit current; /* it names the version of the last commit */
  bit logged   /* the auditor finds its outcome in the log */
}
Message link[ON_THE_WAY];
byte slot;
#else
#define BATCH      1
#endif

#ifdef MUTANT_TWO_OFFERS
short second_offer;
byte second_from;
#endif

/* ---- the broker's rules ---------------------------------------------------------------------- */

inline moved(u, v) { from = u; to = v }

inline ask(c) { record.lead = c; record.state = REQUESTED; record.deadline = 1 }

inline make_offer(c, by) {
  record.offer = c; record.offered_by = by; record.offer_deadline = 1
}

inline drop_offer() { record.offer = 0; record.offered_by = 0; record.offer_deadline = 0 }

/* The unit that is responsible already need not be offered anything. */
inline settle_offer() {
  if
#ifdef MUTANT_OFFER_STAYS_WITH_THE_OWNER
  :: record.offer != 0 -> skip
#else
  :: record.offer != 0 && first(record.offer) == first(record.lead) -> drop_offer()
#endif
  :: else
  fi
}

inline drop_request() { record.requester = NOBODY; record.decider = 0; record.request_deadline = 0 }

/* A request that the owner makes is granted; one that a left unit should decide is the owner's. */
inline settle_request() {
  if
  :: record.requester != NOBODY && record.requester == first(record.lead) -> drop_request()
  :: record.requester != NOBODY && record.requester != first(record.lead) &&
     record.decider > record.lead -> record.decider = record.lead
  :: else
  fi
}

inline escalate() {
  moved(first(record.lead), first(wider(record.lead)));
  ask(wider(record.lead));
#ifdef MUTANT_ESCALATION_WITHOUT_DEADLINE
  record.deadline = 0;
#endif
  settle_offer();
  settle_request()
}

inline take_offer(c, giver) {
  moved(giver, first(c));
  record.lead = c; record.state = ACCEPTED; record.deadline = 0;
  drop_offer();
  drop_request()
}

/* The chain with successors in place of ended units and without those that have none. */
inline succeed_unit(u) {
  if
  :: is_active(u) -> chain = chain * 8 + (u)
  :: is_ended(u) && successor(u) != NOBODY -> chain = chain * 8 + successor(u)
  :: else
  fi
}

inline succeed_chain(old) {
  chain = 0;
  succeed_unit(old >> 6);
  succeed_unit((old >> 3) & 7);
  succeed_unit(old & 7);
  old = chain
}

/* An ended unit without successor that is responsible: the table is asked again. */
#define is_orphaned(c) (is_ended(first(c)) && successor(first(c)) == NOBODY)

inline succeed_lead() {
  if
  :: is_orphaned(record.lead) ->
       chain = route_of(record.facts);
       moved(first(record.lead), first(chain));
       ask(chain)
  :: else ->
#ifdef MUTANT_SUCCESSION_OF_THE_OWNER_ALONE
       if
       :: is_ended(first(record.lead)) ->
            moved(first(record.lead), successor(first(record.lead)));
            record.lead = (record.lead & 504) + to
       :: else
       fi
#else
       from = first(record.lead);
       succeed_chain(record.lead);
       to = first(record.lead)
#endif
  fi;
  if
  :: from == to -> moved(NOBODY, NOBODY)
  :: else
  fi
}

inline succeed_offer() {
  if
  :: record.offer == 0
  :: record.offer != 0 && is_orphaned(record.offer) && record.offered_by == BY_TRANSFER ->
       drop_offer()
  :: record.offer != 0 && is_orphaned(record.offer) && record.offered_by == BY_FACTS ->
       chain = route_of(record.facts);
       if
       :: first(chain) == first(record.lead) -> drop_offer()
       :: else -> make_offer(chain, BY_FACTS)
       fi
  :: else -> succeed_chain(record.offer)
  fi
}

inline succeed_request() {
  if
  :: record.requester == NOBODY
  :: record.requester != NOBODY && is_ended(record.requester) &&
     successor(record.requester) == NOBODY -> drop_request()
  :: else ->
       if
       :: is_ended(record.requester) -> record.requester = successor(record.requester)
       :: else
       fi;
       succeed_chain(record.decider);
       settle_request()
  fi
}

inline succeed_assist() {
  if
  :: record.assist == 0
  :: record.assist != 0 && is_orphaned(record.assist) -> record.assist = chain_of(Q)
  :: else -> succeed_chain(record.assist)
  fi
}

/* `again`: the successor of a unit that had accepted is asked whether it accepts. */
inline succeed(again) {
  cause = SUCCEEDED;
  changed = 1; moves = 1;
  succeed_lead();
  if
  :: again && to != NOBODY && record.state == ACCEPTED -> ask(record.lead)
  :: else
  fi;
#ifndef MUTANT_SUCCESSION_FORGETS_THE_OFFER
  succeed_offer();
  settle_offer();
#endif
  succeed_request();
  succeed_assist()
}

inline activate(which) {
  cause = ACTIVATED;
  changed = 1;
  record.in_force = which
}

inline miss_lead() {
  cause = LEAD_MISSED;
  changed = 1; moves = 1;
  if
#ifdef MUTANT_DEADLINE_CLEARS_THE_OWNER
  :: !is_terminal(record.lead) -> moved(first(record.lead), NOBODY); record.lead = 0
#endif
#ifdef MUTANT_DEADLINE_ONLY_REMINDS
  :: !is_terminal(record.lead) -> record.deadline = 1
#endif
  :: is_terminal(record.lead) -> record.deadline = 1 /* an overdue notice */
  :: else -> escalate()
  fi
}

inline miss_offer() {
  cause = OFFER_MISSED;
  changed = 1; moves = 1;
  if
#ifdef MUTANT_OFFER_EXPIRY_MOVES_THE_CASE
  :: record.offered_by == BY_TRANSFER -> take_offer(record.offer, first(record.lead))
#endif
#ifdef MUTANT_OFFER_EXPIRY_ONLY_REMINDS
  :: record.offered_by == BY_TRANSFER -> record.offer_deadline = 1
#endif
  :: record.offered_by == BY_TRANSFER -> drop_offer()
  :: record.offered_by == BY_FACTS && is_terminal(record.offer) -> record.offer_deadline = 1
  :: else -> record.offer = wider(record.offer); record.offer_deadline = 1; settle_offer()
  fi
}

inline miss_request() {
  cause = REQUEST_MISSED;
  changed = 1; moves = 1;
  if
#ifdef MUTANT_REQUEST_STAYS_WITH_THE_OWNER
  :: !is_terminal(record.decider) -> record.request_deadline = 1
#endif
  :: is_terminal(record.decider) -> record.request_deadline = 1
  :: else -> record.decider = wider(record.decider); record.request_deadline = 1
  fi
}

inline miss_assist() {
  cause = ASSIST_MISSED;
  changed = 1; moves = 1;
  if
  :: is_terminal(record.assist) -> record.assist_deadline = 1
  :: else ->
       record.assist = wider(record.assist); record.assist_deadline = 1;
#ifdef MUTANT_ASSIST_ESCALATES_THE_LEAD
       if
       :: !is_terminal(record.lead) -> escalate()
       :: else
       fi
#endif
  fi
}

#define is_owner     (sender == first(record.lead))
#define is_offered   (record.offer != 0 && sender == first(record.offer))
#define is_decider   (record.requester != NOBODY && sender == first(record.decider))
#define is_assisting (record.assist != 0 && sender == first(record.assist))
#define nothing_open \
  (record.state == COMPLETED && record.assist_state != REQUESTED && \
   record.assist_state != ACCEPTED && no_request && no_offer)
#ifdef MUTANT_CLOSE_KEEPS_THE_OFFER
#define no_offer true
#else
#define no_offer (record.offer == 0)
#endif
#ifdef MUTANT_CLOSE_KEEPS_THE_REQUEST
#define no_request true
#else
#define no_request (record.requester == NOBODY)
#endif

inline refuse() { rejected = 1 }

inline decide_referral() {
  if
#ifdef MUTANT_OPENING_TWICE
  :: record.status == OPEN ->
       chain = route_of(record.facts); moved(NOBODY, first(chain)); ask(chain)
#endif
  :: record.status == NONE ->
       record.status = OPEN;
       chain = route_of(record.facts);
       moved(NOBODY, first(chain));
       ask(chain)
  :: else -> changed = 0; moves = 0 /* a duplicate */
  fi
}

inline decide_accept() {
  if
#ifdef MUTANT_ACCEPT_BY_ANYONE
  :: record.offer != 0 && !is_offered && !is_owner ->
       chain = chain_of(sender); take_offer(chain, first(record.lead))
#endif
#ifdef MUTANT_TWO_OFFERS
  :: second_offer != 0 && sender == first(second_offer) ->
       take_offer(second_offer, second_from); second_offer = 0; second_from = 0
#endif
  :: is_offered -> take_offer(record.offer, first(record.lead))
  :: !is_offered && is_owner && record.state == REQUESTED ->
       record.state = ACCEPTED;
#ifndef MUTANT_ACCEPT_KEEPS_THE_DEADLINE
       record.deadline = 0
#endif
  :: else -> refuse()
  fi
}

inline decide_decline() {
  if
  :: is_offered && record.offered_by == BY_TRANSFER ->
       drop_offer();
#ifdef MUTANT_VERSION_STANDS_STILL
       moves = 0
#endif
  :: is_offered && record.offered_by == BY_FACTS && !is_terminal(record.offer) ->
       record.offer = wider(record.offer); record.offer_deadline = 1; settle_offer()
#ifdef MUTANT_TERMINAL_DECLINES
  :: !is_offered && is_owner && record.state == REQUESTED && is_terminal(record.lead) ->
       moved(first(record.lead), NOBODY); record.lead = 0
#endif
  :: !is_offered && is_owner && record.state == REQUESTED && !is_terminal(record.lead) -> escalate()
  :: else -> refuse()
  fi
}

/* By the owner that has accepted, to any competent unit; by the decider, to the one that asked. */
inline decide_transfer() {
  if
#ifdef MUTANT_TWO_OFFERS
  :: record.offer != 0 && second_offer == 0 && is_owner && record.state == ACCEPTED &&
     is_active(target) && target != first(record.lead) && target != first(record.offer) ->
       second_offer = chain_of(target); second_from = sender
#endif
#ifdef MUTANT_TRANSFER_MOVES_AT_ONCE
  :: record.offer == 0 && is_owner && record.state == ACCEPTED && is_active(target) &&
     target != first(record.lead) ->
       chain = chain_of(target); moved(first(record.lead), target); record.lead = chain
#endif
#ifdef MUTANT_DECIDER_MOVES_AT_ONCE
  :: record.offer == 0 && is_decider && target == record.requester ->
       chain = chain_of(target); take_offer(chain, first(record.lead))
#endif
  :: record.offer == 0 && is_active(target) && target != first(record.lead) &&
     ((is_owner && record.state == ACCEPTED) || (is_decider && target == record.requester)) ->
       chain = chain_of(target);
#ifdef MUTANT_OFFER_WITHOUT_WIDER_UNITS
       chain = chain1(target);
#endif
       make_offer(chain, BY_TRANSFER);
       if
       :: target == record.requester -> drop_request()
       :: else
       fi
  :: else ->
       refuse();
#ifdef MUTANT_REFUSAL_WITHDRAWS_THE_OFFER
       drop_offer()
#endif
  fi
}

inline decide_withdraw() {
  if
  :: is_owner && record.offer != 0 && record.offered_by == BY_TRANSFER -> drop_offer()
  :: else -> refuse()
  fi
}

/* `in_place`: facts may come during an offer, and what they give takes its place. */
inline decide_facts(in_place) {
  if
  :: (is_owner || is_assisting) && (record.offer == 0 || in_place) ->
       record.facts = 1 - record.facts;
       drop_offer();
       chain = route_of(record.facts);
       if
       :: first(chain) != first(record.lead) ->
#ifdef MUTANT_FACTS_MOVE_AT_ONCE
            moved(first(record.lead), first(chain));
            ask(chain);
            settle_offer();
            settle_request()
#else
            make_offer(chain, BY_FACTS)
#endif
       :: else
       fi
  :: else -> refuse()
  fi
}

inline decide_request() {
  if
  :: !is_owner && sender != OPENER && record.requester == NOBODY ->
       record.requester = sender; record.decider = record.lead; record.request_deadline = 1
  :: else -> refuse()
  fi
}

inline decide_refusal_of_request() {
  if
  :: is_decider -> drop_request()
  :: else -> refuse()
  fi
}

inline decide_assist() {
  if
  :: is_owner && record.assist == 0 && record.state == ACCEPTED ->
       record.assist = (record.in_force == FIRST -> chain_of(P) : chain_of(Q));
       record.assist_state = REQUESTED; record.assist_deadline = 1
#ifdef MUTANT_ASSIST_CHANGES_THE_LEAD
       ; record.lead = record.assist
#endif
  :: else -> refuse()
  fi
}

inline decide_accept_assist() {
  if
  :: is_assisting && record.assist_state == REQUESTED ->
       record.assist_state = ACCEPTED; record.assist_deadline = 0
  :: else -> refuse()
  fi
}

inline decide_decline_assist() {
  if
  :: is_assisting && record.assist_state == REQUESTED && !is_terminal(record.assist) ->
       record.assist = wider(record.assist); record.assist_deadline = 1
  :: else -> refuse()
  fi
}

inline decide_complete() {
  if
  :: is_owner && record.state == ACCEPTED -> record.state = COMPLETED
  :: else -> refuse()
  fi
}

inline decide_complete_assist() {
  if
  :: is_assisting && record.assist_state == ACCEPTED -> record.assist_state = COMPLETED
  :: else -> refuse()
  fi
}

inline decide_close() {
  if
  :: is_owner && nothing_open -> record.status = CLOSED
  :: else -> refuse()
  fi
}

/* A closed case is not moved by a release; who owns it is settled when it is opened again. */
inline decide_reopen() {
  if
  :: record.status == CLOSED && (is_owner || sender == OPENER) ->
       record.status = OPEN;
#ifdef MUTANT_REOPEN_WITHOUT_OWNER
       moved(first(record.lead), NOBODY); record.lead = 0;
#endif
#ifndef MUTANT_REOPEN_TO_AN_ENDED_UNIT
       succeed_lead();
#endif
       succeed_assist();
       record.state = REQUESTED; record.deadline = 1
  :: else -> refuse()
  fi
}

#ifdef MUTANT_STALE_ACCEPTED
#define is_seen(latest) true
#else
#ifdef MUTANT_VERSION_OF_THE_LAST_COMMIT
#define is_seen(latest) (latest)
#else
#define is_seen(latest) ((latest) && ahead == 0)
#endif
#endif

/* Of `sender`, `cause`, `target`; `latest`: it names the version of the last commit. */
inline decide_message(latest) {
  changed = 1; moves = 1;
  if
  :: cause == REFERRAL -> decide_referral()
  :: cause != REFERRAL &&
     (record.status == NONE || !is_seen(latest) || (sender != OPENER && !is_active(sender)) ||
      (record.status == CLOSED && cause != REOPEN)) -> refuse()
  :: else ->
       if
       :: cause == ACCEPT -> decide_accept()
       :: cause == DECLINE -> decide_decline()
       :: cause == TRANSFER -> decide_transfer()
       :: cause == WITHDRAW -> decide_withdraw()
       :: cause == FACTS -> decide_facts(false)
       :: cause == FACTS_IN_PLACE -> decide_facts(true)
       :: cause == TRANSFER_REQUEST -> decide_request()
       :: cause == REFUSE_REQUEST -> decide_refusal_of_request()
       :: cause == ASSIST -> decide_assist()
       :: cause == ACCEPT_ASSIST -> decide_accept_assist()
       :: cause == DECLINE_ASSIST -> decide_decline_assist()
       :: cause == COMPLETE -> decide_complete()
       :: cause == COMPLETE_ASSIST -> decide_complete_assist()
       :: cause == CLOSE -> decide_close()
       :: cause == REOPEN -> decide_reopen()
       fi
  fi;
  if
  :: rejected -> changed = 0; moves = 0; assert(same(record, before))
  :: else -> assert(cause == REFERRAL || (latest && ahead == 0))
  fi
}

/* ---- the log --------------------------------------------------------------------------------- */

#define owner_before first(before.lead)
#define owner_after  first(record.lead)
#define is_reassigned \
  (cause == SUCCEEDED || (cause == REOPEN && before.status == CLOSED))

/* What the entry says of ownership, and the one way in which each kind of entry may move it. */
inline audit_ownership() {
  assert(from == NOBODY || owners == bit_of(from));
  owners = (from == NOBODY -> owners : owners - bit_of(from)) | (to == NOBODY -> 0 : bit_of(to));
  assert(record.status == NONE || (owner_after != NOBODY && owners == bit_of(owner_after)));
  if
  :: record.status != NONE && owner_before != owner_after ->
       assert(
         (cause == REFERRAL && before.status == NONE) ||
         ((cause == LEAD_MISSED || (cause == DECLINE && sender == owner_before)) &&
          before.state == REQUESTED && record.lead == wider(before.lead)) ||
         (cause == ACCEPT && before.offer != 0 && sender == first(before.offer) &&
          record.lead == before.offer) ||
         (is_reassigned && is_ended(owner_before)))
  :: else
  fi;
  /* The acceptance is the owner's own, and only these take it back. */
  assert(!(record.state == ACCEPTED && before.state != ACCEPTED) ||
         (cause == ACCEPT && sender == owner_after));
  assert(!(before.state == ACCEPTED && record.state == REQUESTED) || is_reassigned);
  assert(!(before.state == ACCEPTED && record.state == COMPLETED) || sender == owner_after)
}

inline audit_offer() {
  assert(record.offer == 0 || before.offer == 0 || same_offer(record, before) ||
         cause == OFFER_MISSED || cause == SUCCEEDED || cause == FACTS_IN_PLACE ||
         (cause == DECLINE && sender == first(before.offer)));
  assert(!(before.offer == 0 && record.offer != 0) || cause == FACTS || cause == FACTS_IN_PLACE ||
         (cause == TRANSFER && (sender == owner_before || sender == first(before.decider))));
  assert(!(before.offer != 0 && record.offer == 0 && cause == ACCEPT) || owner_after == sender);
  assert(!(cause == DECLINE && before.offer != 0 && record.offer == 0) || same_lead(record, before) ||
         first(before.offer) == owner_after)
}

/* What holds of the record after every entry. */
inline audit_record() {
  assert(record.deadline == (record.status == OPEN && record.state == REQUESTED));
  assert(record.offer_deadline == (record.offer != 0));
  assert(record.request_deadline == (record.requester != NOBODY));
  assert(record.assist_deadline == (record.status == OPEN && record.assist_state == REQUESTED));
  assert(record.status == NONE || last(record.lead) == N);
  assert(record.offer == 0 || (last(record.offer) == N && first(record.offer) != owner_after));
  assert(record.assist == 0 || last(record.assist) == N);
  assert(record.requester == NOBODY ||
         (record.requester != owner_after &&
          (record.decider == record.lead || record.decider == wider(record.lead) ||
           record.decider == wider(wider(record.lead))) && record.decider != 0));
  assert(record.status != CLOSED ||
         (record.offer == 0 && record.requester == NOBODY && record.state == COMPLETED));
  assert(cause == ACTIVATED || !succession_due)
}

inline audit() {
  audit_ownership();
  audit_offer();
  audit_record();
  assert(moves == (cause != ACTIVATED));
  assert(same_lead(record, before) ||
         !(cause == ASSIST || cause == ACCEPT_ASSIST || cause == DECLINE_ASSIST ||
           cause == COMPLETE_ASSIST || cause == ASSIST_MISSED || cause == TRANSFER ||
           cause == WITHDRAW || cause == FACTS || cause == FACTS_IN_PLACE ||
           cause == OFFER_MISSED || cause == TRANSFER_REQUEST || cause == REFUSE_REQUEST ||
           cause == REQUEST_MISSED || cause == ACTIVATED));
  assert(cause == REFERRAL || before.status != NONE || cause == ACTIVATED)
}

inline clear() {
  cause = 0; sender = 0; target = 0; changed = 0; rejected = 0; moves = 0;
  from = 0; to = 0; chain = 0;
  copy(before, record)
}

/* The end of each decision. */
inline append() {
  if
  :: changed ->
       audit();
       uncommitted++;
       ahead = ahead + moves
  :: else
  fi
}

#ifdef LINK
/* A decided message is answered by its id: its content is not read again. */
inline forget_slot(i) {
  link[i].kind = 0; link[i].sender = 0; link[i].target = 0; link[i].current = 0
}

inline commit_slot(i) {
  if
  :: link[i].way == IN_BATCH || link[i].way == DECIDED ->
       link[i].way = DECIDED; link[i].logged = 1; forget_slot(i)
  :: else
  fi;
  if
  :: ahead > 0 -> link[i].current = 0
  :: else
  fi
}

inline restart_slot(i) {
  if
  :: link[i].way == IN_BATCH -> link[i].way = UNDECIDED
  :: else
  fi
}

inline put_on_the_way(i) {
  link[i].way = UNDECIDED; link[i].kind = cause; link[i].sender = sender; link[i].target = target;
  link[i].current = 1
}

inline take_off_the_way(i) { link[i].way = EMPTY; link[i].logged = 0; forget_slot(i) }
#endif

inline commit() {
#ifdef LINK
  commit_slot(0); commit_slot(1);
#endif
  copy(stored, record);
  stored_owners = owners;
  uncommitted = 0; ahead = 0;
  clear()
}

inline restart() {
  copy(record, stored);
  owners = stored_owners;
  uncommitted = 0; ahead = 0;
#ifdef LINK
  restart_slot(0); restart_slot(1);
#endif
#ifdef MUTANT_RESTART_FORGETS_THE_ACCEPTANCE
  if
  :: record.status == OPEN && record.state == ACCEPTED -> ask(record.lead)
  :: else
  fi;
#endif
  assert(same(record, stored));
  clear()
}

/* Commit at once, stop before the commit, or wait for more to commit with. */
inline commit_or_restart() {
  if
  :: d_step { commit() }
#ifndef LIVENESS /* a broker that never again lives until its commit makes no progress */
  :: d_step { restart() }
#endif
#if BATCH > 1
  :: uncommitted < BATCH -> clear()
#endif
  fi
}


/* ---- processes ------------------------------------------------------------------------------- */

inline choose_sender() {
  if
  :: sender = R1
  :: sender = R2
  :: sender = P
  :: sender = Q
  :: sender = N
  :: sender = OPENER
  fi
}

inline choose_message() {
  if
  :: cause = ACCEPT
  :: cause = DECLINE
  :: cause = TRANSFER; target = R1
  :: cause = TRANSFER; target = R2
  :: cause = TRANSFER; target = P
  :: cause = TRANSFER; target = Q
  :: cause = TRANSFER; target = N
  :: cause = WITHDRAW
  :: cause = COMPLETE
  :: cause = CLOSE
  :: cause = REOPEN
#ifndef LINK
  :: cause = FACTS
  :: cause = TRANSFER_REQUEST
  :: cause = REFUSE_REQUEST
#endif
#if !defined(LINK) && !defined(LIVENESS)
  :: cause = ASSIST
  :: cause = ACCEPT_ASSIST
  :: cause = DECLINE_ASSIST
  :: cause = COMPLETE_ASSIST
#endif
#if !defined(LINK) && (!defined(LIVENESS) || defined(MUTANT_FACTS_REPLACE_OFFERS_FOR_EVER))
  :: cause = FACTS_IN_PLACE
#endif
  fi
}

#ifdef LINK
/* Composes a message that would be accepted now and sends it on its way. */
active proctype Stations() {
  do
  :: atomic {
       may_decide && uncommitted == 0 && (link[0].way == EMPTY || link[1].way == EMPTY);
       if
       :: record.status == NONE -> sender = OPENER; cause = REFERRAL
       :: record.status != NONE -> choose_sender(); choose_message()
       fi;
       d_step {
         decide_message(true);
         copy(record, before);
         if
         :: changed && link[0].way == EMPTY -> put_on_the_way(0)
         :: changed && link[0].way != EMPTY -> put_on_the_way(1)
         :: else
         fi;
         clear()
       }
     }
  od
}

/* Any message may arrive next, be lost after its outcome, or come again. */
active proctype Network() {
  do
  :: atomic {
       may_decide && (link[0].way == UNDECIDED || link[1].way == UNDECIDED);
       if
       :: link[0].way == UNDECIDED -> slot = 0
       :: link[1].way == UNDECIDED -> slot = 1
       fi;
       d_step {
         sender = link[slot].sender; cause = link[slot].kind; target = link[slot].target;
         decide_message(link[slot].current);
         append();
#ifdef MUTANT_ANSWER_BEFORE_THE_COMMIT
         link[slot].way = DECIDED;
#else
         /* Also a refusal, and the answer to a copy, waits for what it was decided on. */
         link[slot].way = (uncommitted > 0 -> IN_BATCH : DECIDED);
#endif
         if
         :: uncommitted == 0 -> link[slot].logged = 1; forget_slot(slot)
         :: else
         fi;
         slot = 0
       };
       if
       :: !changed -> clear()
       :: changed -> commit_or_restart()
       fi
     }
  :: atomic {
       if
       :: link[0].way == DECIDED -> assert(link[0].logged); take_off_the_way(0)
       :: link[1].way == DECIDED -> assert(link[1].logged); take_off_the_way(1)
       fi
     }
  od
}

active proctype Batch() {
  do
  :: d_step { uncommitted > 0 -> commit() }
  od
}
#else
/* Any message at all arrives: composed on the latest version or on an older one. */
active proctype Stations() {
  bit current;
  do
  :: atomic {
       may_decide;
       if
       :: sender = OPENER; cause = REFERRAL
       :: record.status != NONE -> choose_sender(); choose_message()
       fi;
       if
       :: current = 1
#ifndef LIVENESS
       :: current = 0
#endif
       fi;
       d_step { decide_message(current); current = 0; append() };
       if
       :: !changed -> clear()
       :: changed -> commit_or_restart()
       fi
     }
  od
}
#endif

#ifdef MUTANT_DEADLINE_AFTER_THE_ACCEPTANCE
#define lead_is_due (record.deadline || record.state == ACCEPTED)
#else
#define lead_is_due record.deadline
#endif

active proctype LeadDeadline() {
  do
  :: atomic {
       may_decide && record.status == OPEN && lead_is_due;
       d_step { miss_lead(); append() };
       commit_or_restart()
     }
  od
}

active proctype OfferDeadline() {
  do
  :: atomic {
       may_decide && record.status == OPEN && record.offer_deadline;
       d_step { miss_offer(); append() };
       commit_or_restart()
     }
  od
}

active proctype RequestDeadline() {
  do
  :: atomic {
       may_decide && record.status == OPEN && record.request_deadline;
       d_step { miss_request(); append() };
       commit_or_restart()
     }
  od
}

active proctype AssistDeadline() {
  do
  :: atomic {
       may_decide && record.status == OPEN && record.assist_deadline;
       d_step { miss_assist(); append() };
       commit_or_restart()
     }
  od
}

active proctype Release() {
  atomic {
    if
#ifndef LINK
    :: d_step { activate(SECOND_R); append() }
#endif
    :: d_step { activate(SECOND_P); append() }
    fi;
    d_step { commit() }
  }
}

active proctype Succession() {
  do
  :: atomic {
#ifdef MUTANT_SUCCESSION_WAITS_FOR_AN_ACCEPTANCE
       succession_due && record.state == ACCEPTED;
#else
       succession_due;
#endif
       if
       :: d_step { succeed(false); append() }
       :: d_step { succeed(true); append() }
       fi;
       commit_or_restart()
     }
  od
}

#ifndef LIVENESS
active proctype Power() {
  do
  :: d_step { restart() }
  od
}
#endif

init { d_step { record.in_force = FIRST; stored.in_force = FIRST; before.in_force = FIRST } }

#ifdef LIVENESS
#define is_asked (record.status == OPEN && record.state == REQUESTED)
ltl an_asked_unit_answers_or_the_terminal_unit_is_asked {
  [] (is_asked -> <> (!is_asked || is_terminal(record.lead)))
}
ltl an_offer_ends_or_reaches_the_terminal_unit {
  [] (record.offer != 0 ->
      <> (record.offer == 0 || (record.offered_by == BY_FACTS && is_terminal(record.offer))))
}
ltl a_request_ends_or_reaches_the_terminal_unit {
  [] (record.requester != NOBODY -> <> (record.requester == NOBODY || is_terminal(record.decider)))
}
ltl an_ended_unit_is_succeeded { [] (succession_due -> <> !succession_due) }
#endif
