/*
 * Who may know a case whose facts change: a model of decide/ and deliver/ for Spin, checked in every
 * reachable state.
 *
 * One case, five units of four agencies, three ages and two consents. The number of messages and of
 * changes of the facts is not bounded. run.py checks the assertions in every state, and the mutants:
 * -DMUTANT_<NAME> breaks one rule of the broker or of a gateway, never a check. Each must be caught.
 *
 * What stands for what
 *   add_facts()         decide(record, MessageCommand) of new facts: proposed, or added and reevaluated
 *   tell(), announce()  telling_of() and the exclusions after it, in the transaction of their entry
 *   queued, notice      a unit's mailbox: something of the case waits in it; an exclusion does
 *   holds               its gateway holds something of the case; `seen`: the present facts among it
 *   Mail                every station, which is connected at any time, or never again
 *   audit()             what must hold after every entry
 *
 * Whoever has a part sends any message at any time. What waits may pass to the next of its chain at any
 * time. Stale versions, restarts and units that end are ownership.pml's.
 *
 * What is left out: transfer requests, a release that changes the guarantees, and erasure.
 */

/* ---- units, agencies, facts -------------------------------------------------------------------- */

#define POST    0 /* police */
#define NATION  1 /* police; after POST in the chain */
#define CENTRE  2
#define SOCIAL  3 /* helps when it is asked */
#define KPAI    4 /* the commission: informed, never responsible */
#define UNITS   5
#define NOBODY  7

#define is_police(u) ((u) <= NATION)
#define agency(u)    (is_police(u) -> POST : (u))

#define CHILD    0 /* age */
#define ADULT    1
#define UNKNOWN  2
#define GIVEN    0 /* consent */
#define WITHHELD 1 /* no police */

byte age, consent;

/* Guarantees: an adult may keep the police out (G1); the case of anybody who may be a child is the
 * police's (G3); an adult's case is none of the commission's (G5). */
#define keeps_out_by(a, c, u) \
  ((a) == ADULT && ((is_police(u) && (c) == WITHHELD) || (u) == KPAI))
#define keeps_out(u) keeps_out_by(age, consent, u)
#define may_act(u)   ((u) != KPAI && !keeps_out(u))
#define may_own(u)   (may_act(u) && (age == ADULT || is_police(u)))
#define withholds    (age == ADULT && consent == WITHHELD)

/* ---- the case ---------------------------------------------------------------------------------- */

#define NONE      0 /* state of an assignment */
#define REQUESTED 1
#define ACCEPTED  2
#define COMPLETED 3
#define CANCELLED 4
#define is_open(s) ((s) == REQUESTED || (s) == ACCEPTED)

#define INVESTIGATION 0 /* of the police; goes before */
#define PROTECTION    1 /* of the centre */

bit opened, lead, informed;
bit offered; /* investigation, to NATION */
bit helps;   /* SOCIAL */
byte opener;
byte state[2]; /* of a need's assignment */
byte holder = POST; /* of investigation */
byte proposed_by = NOBODY, proposed_age, proposed_consent;

#define owner (lead == INVESTIGATION -> holder : CENTRE)
#define has_part(need, u) \
  (is_open(state[need]) || (lead == need && state[need] == COMPLETED))
#define named(u) \
  (opener == (u) || ((u) == holder && has_part(INVESTIGATION, u)) || \
   ((u) == CENTRE && has_part(PROTECTION, u)) || ((u) == NATION && offered) || \
   ((u) == SOCIAL && helps) || ((u) == KPAI && informed))

/* ---- what the units have ----------------------------------------------------------------------- */

bit told[UNITS], excluded[UNITS], queued[UNITS], notice[UNITS], holds[UNITS], seen[UNITS];

/* For the audit: the proposal that stands is one about the present facts; what takes two agencies was
 * done by one. */
bit fresh, alone;

/* Of one step; reset after it. */
bit before[UNITS]; /* who had a part before the entry */
bit is_entry;
byte u, sender, new_age, new_consent;

#define each(u) u : 0 .. UNITS - 1

#define is_proposal (fresh && proposed_by == sender)
#ifdef MUTANT_PROPOSAL_TOLD_TO_WHOM_IT_KEEPS_OUT
#define is_proposed_out(u) 0
#else
#define is_proposed_out(u) (is_proposal && keeps_out_by(proposed_age, proposed_consent, u))
#endif

/* The entry goes to the mailboxes of the parties before and after it, less its sender and those that
 * a guarantee keeps out after it. A proposal goes to nobody whom it would keep out. */
inline tell() {
  for (each(u)) {
    if
    :: u == sender -> told[u] = 1; holds[u] = 1
    :: u != sender && (before[u] || named(u)) && !keeps_out(u) && !is_proposed_out(u) ->
       assert(!is_proposal || !keeps_out_by(proposed_age, proposed_consent, u));
       queued[u] = 1; told[u] = 1
    :: else
    fi
  }
}
/* An entry of its own for each unit that has to hear that it is kept out, or is so no longer. */
inline announce() {
#ifndef MUTANT_EXCLUSION_NOT_ANNOUNCED
  for (each(u)) {
    if
    :: told[u] && keeps_out(u) && !excluded[u] ->
#ifndef MUTANT_QUEUED_MAIL_STAYS
       queued[u] = 0;
#endif
       excluded[u] = 1; notice[u] = 1
    :: told[u] && !keeps_out(u) && excluded[u] ->
       excluded[u] = 0; notice[u] = 0; queued[u] = 1
    :: else
    fi
  }
#else
  skip
#endif
}

/* ---- the table, again -------------------------------------------------------------------------- */

inline assign(need) {
  state[need] = REQUESTED;
  if
  :: need == INVESTIGATION -> holder = POST; offered = 0
  :: else
  fi
}

#ifdef MUTANT_UNKNOWN_OWNED_BY_ANY
#define is_owners_need(a) ((a) == CHILD)
#else
#define is_owners_need(a) ((a) != ADULT)
#endif

#ifdef MUTANT_DONE_AND_KEPT_OUT_OWNS_ON
#define leads_no_longer is_open(state[INVESTIGATION])
#else
#define leads_no_longer 1
#endif

inline reevaluate() {
  /* What is withheld no longer is asked for again; and what leads, when it was done. */
  if
  :: !withholds && (state[INVESTIGATION] == NONE || state[INVESTIGATION] == CANCELLED) ->
     assign(INVESTIGATION)
  :: else
  fi;
  /* The lead stays, unless its need is withheld, or its unit may not own. */
  if
  :: lead == INVESTIGATION && withholds && leads_no_longer ->
     lead = PROTECTION;
     if
     :: !is_open(state[PROTECTION]) -> assign(PROTECTION)
     :: else
     fi
#ifndef MUTANT_OWNER_WAITS_FOR_AN_ACCEPTANCE
  :: lead == PROTECTION && is_owners_need(age) ->
     lead = INVESTIGATION;
     if
     :: !is_open(state[INVESTIGATION]) -> assign(INVESTIGATION)
     :: else
     fi
#endif
  :: else
  fi;
  /* What an adult withholds ends. */
  if
  :: withholds && lead == PROTECTION && state[INVESTIGATION] != NONE ->
#ifndef MUTANT_WITHHELD_NEED_GOES_ON
     state[INVESTIGATION] = CANCELLED;
#endif
#ifndef MUTANT_OFFER_SURVIVES_THE_FACTS
     offered = 0;
#endif
     skip
  :: else
  fi;
#ifdef MUTANT_INFORMED_STAYS
  informed = informed || age != ADULT
#else
  informed = age != ADULT
#endif
}

/* ---- what units send --------------------------------------------------------------------------- */

#ifdef MUTANT_KEPT_OUT_IS_HEARD
#define is_heard(u) named(u)
#else
#define is_heard(u) (named(u) && !keeps_out(u))
#endif
#ifdef MUTANT_UNCLEAR_CONSENT_TAKEN
#define is_clear(a, c) 1
#else
#define is_clear(a, c) ((a) != UNKNOWN || (c) != WITHHELD)
#endif

inline draw_facts() {
  if
  :: new_age = CHILD
  :: new_age = ADULT
  :: new_age = UNKNOWN
  fi;
  if
  :: new_consent = GIVEN
  :: new_consent = WITHHELD
  fi
}

inline open_case() {
  if
  :: sender = CENTRE
  :: sender = POST /* also of an adult who does not want the police: it hands over */
  :: sender = KPAI
  fi;
  draw_facts();
  if
  :: is_clear(new_age, new_consent) ->
     age = new_age; consent = new_consent;
     opened = 1; opener = sender; is_entry = 1;
     state[PROTECTION] = REQUESTED;
     if
     :: withholds -> lead = PROTECTION
     :: else -> state[INVESTIGATION] = REQUESTED
     fi;
     informed = age != ADULT;
     seen[sender] = 1
  :: else
  fi
}

#define lifts             (consent == WITHHELD && new_consent != WITHHELD)
#define changes_adulthood ((age == ADULT) != (new_age == ADULT))
#ifdef MUTANT_LIFTED_ALONE
#define takes_two changes_adulthood
#else
#ifdef MUTANT_ADULTHOOD_CHANGED_ALONE
#define takes_two lifts
#else
#define takes_two (lifts || changes_adulthood)
#endif
#endif
#define is_same_proposal (proposed_age == new_age && proposed_consent == new_consent)
#ifdef MUTANT_SAME_AGENCY_AGREES
#define is_agreed (proposed_by != NOBODY && proposed_by != sender && is_same_proposal)
#else
#ifdef MUTANT_AGREES_TO_OTHER_FACTS
#define is_agreed (proposed_by != NOBODY && agency(proposed_by) != agency(sender))
#else
#define is_agreed (proposed_by != NOBODY && agency(proposed_by) != agency(sender) && \
                   is_same_proposal)
#endif
#endif
#ifdef MUTANT_UNSEEN_FACTS_OVERWRITTEN
#define has_seen(u) 1
#else
#define has_seen(u) seen[u]
#endif

inline add_facts() {
  if
  :: sender = POST
  :: sender = NATION
  :: sender = CENTRE
  :: sender = SOCIAL
  :: sender = KPAI
  fi;
  draw_facts();
  if
  :: is_heard(sender) && has_seen(sender) && is_clear(new_age, new_consent) &&
     (new_age != age || new_consent != consent) ->
     assert(!keeps_out(sender)); /* who is kept out is not heard, */
     assert(seen[sender]);       /* and nobody overwrites what it has not seen */
     is_entry = 1;
     if
     :: takes_two && !is_agreed ->
        proposed_by = sender; proposed_age = new_age; proposed_consent = new_consent; fresh = 1
     :: else ->
        d_step {
          alone = (lifts || changes_adulthood) &&
                  !(fresh && agency(proposed_by) != agency(sender) && is_same_proposal);
          fresh = 0;
          age = new_age; consent = new_consent;
#ifndef MUTANT_PROPOSAL_OUTLIVES_OTHER_FACTS
          proposed_by = NOBODY; proposed_age = 0; proposed_consent = 0;
#endif
          for (each(u)) { seen[u] = 0 }
          seen[sender] = 1;
          reevaluate()
        }
     fi
  :: else
  fi
}

/* Whoever is responsible, or time, moves the case on. */
inline move_on() {
  if
  :: state[INVESTIGATION] == REQUESTED -> /* accepted: it goes before */
     state[INVESTIGATION] = ACCEPTED; lead = INVESTIGATION; sender = holder
  :: state[INVESTIGATION] == REQUESTED && holder == POST -> /* declined, or not in time */
     holder = NATION; offered = 0
  :: state[INVESTIGATION] == ACCEPTED && holder == POST && !offered ->
     offered = 1; sender = holder
  :: offered -> holder = NATION; state[INVESTIGATION] = ACCEPTED; offered = 0; sender = NATION
  :: state[INVESTIGATION] == ACCEPTED ->
     state[INVESTIGATION] = COMPLETED; offered = 0; sender = holder
  :: state[PROTECTION] == REQUESTED -> state[PROTECTION] = ACCEPTED; sender = CENTRE
  :: state[PROTECTION] == ACCEPTED -> state[PROTECTION] = COMPLETED; sender = CENTRE
  :: is_open(state[PROTECTION]) && !helps -> helps = 1; sender = CENTRE
  fi;
  is_entry = 1
}

/* ---- what must hold ---------------------------------------------------------------------------- */

inline audit() {
  assert(state[lead] != NONE && state[lead] != CANCELLED); /* one owner, */
  assert(may_own(owner));                                   /* whom the guarantees let own, at once, */
  assert(lead == PROTECTION || may_own(NATION));            /* and who comes after it */
  assert(!is_open(state[INVESTIGATION]) || (may_act(holder) && may_act(NATION)));
  assert(!offered || may_act(NATION));
  assert(!informed || !keeps_out(KPAI));
  assert(!alone); /* what takes two agencies was done by two */
  assert(age != UNKNOWN || consent != WITHHELD);
  for (each(u)) {
    assert(!told[u] || excluded[u] == keeps_out(u));
    assert(!keeps_out(u) || !queued[u]);            /* nothing of the case is on its way, */
    assert(!excluded[u] || notice[u] || !holds[u]); /* and its gateway has nothing once it heard */
  }
}

/* ---- the processes ----------------------------------------------------------------------------- */

/* A unit's station, whenever it is connected. */
active [UNITS] proctype Mail() {
  do
  :: atomic { queued[_pid] ->
       assert(!keeps_out(_pid));
       holds[_pid] = 1;
       if
       :: queued[_pid] = 0; seen[_pid] = 1
       :: skip /* some of it; the newest is still to come */
       fi }
  :: d_step { notice[_pid] ->
       notice[_pid] = 0; seen[_pid] = 0;
#ifndef MUTANT_GATEWAY_KEEPS_THE_CASE
       holds[_pid] = 0;
#endif
       assert(!holds[_pid]) }
  od
}

active proctype Broker() {
  do
  :: atomic {
       sender = NOBODY;
       d_step {
         for (each(u)) { before[u] = opened && named(u) }
       }
       if
       :: !opened -> open_case()
       :: opened -> add_facts()
       :: opened && (is_open(state[INVESTIGATION]) || is_open(state[PROTECTION])) -> move_on()
       fi;
       d_step {
         if
         :: is_entry -> tell(); announce(); audit()
         :: else
         fi;
         for (each(u)) { before[u] = 0 }
         is_entry = 0; u = 0; sender = 0;
         new_age = 0; new_consent = 0
       }
     }
  od
}
