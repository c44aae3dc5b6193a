/*
 * The doorbell (src/runtime/thread/doorbell.ts): one owner that takes its list, looks at the context's
 * state and at returned pipes, and then sleeps, blocked (sleep) or in its event loop (listen, listenOn,
 * awake), in any order; ringers that push, raise the state or return a pipe.
 *
 * The owner ends when it has seen everything, so whatever is lost leaves it asleep: an invalid end.
 *
 * DEATH: a ringer may die between any two steps; whoever finds out adds to DEATHS and rings always.
 * Mutants: M_FLAGLATE, M_BELLLATE, M_NOBELL, M_NORECHECK, M_FLAGFIRST, M_NOTIFYONE, and with DEATH
 * M_SUPERVISORRINGS, M_SUPERVISORSILENT.
 *
 * LIVE: in the end the owner has seen everything, whatever it waited for, if only nobody is kept from going
 * on for ever. That it never sleeps over something is not enough: it must not turn for ever either. Mutants: M_RETURNEDUNSEEN,
 * and with DEATH M_DEATHUNSEEN.
 */
#ifndef PUSHES
#define PUSHES 2
#endif
#ifndef EVENTS_OWN
#define EVENTS_OWN 2
#endif

byte TOP; /* how many nodes lie on the list: its links are ready.pml's matter */
byte RETURNED, DEATHS;
bool STATE;
byte BELL;
bool SLEEPING;
bool blocked; /* in Atomics.wait */
bool armed;   /* a promise of Atomics.waitAsync is out */
bool rung;    /* and was fulfilled */
bool died, looked;
bool complete; /* the owner has seen everything */
byte EVENTS = EVENTS_OWN; /* of the owner's own: timers, sockets, calls */

inline notify() {
  atomic {
#ifdef M_NOTIFYONE
    if
    :: armed && !rung -> rung = true
    :: else -> blocked = false
    fi
#else
    blocked = false;
    if :: armed -> rung = true :: else fi
#endif
  }
}

inline bump() {
#ifdef M_NOBELL
  skip;
#else
  BELL = (BELL + 1) & 7;
#endif
  notify()
}

#ifdef DEATH
#define MAY_DIE if :: !died -> died = true; goto dead :: true fi
#else
#define MAY_DIE skip
#endif

inline ring() {
  flag = SLEEPING;
  MAY_DIE;
  if
  :: flag ->
    atomic { flag = SLEEPING; SLEEPING = false };
    MAY_DIE;
    if :: flag -> bump() :: else fi
  :: else
  fi
}

inline ringAlways() { SLEEPING = false; bump() }

proctype Pusher() {
  byte count;
  bool flag;
  do
  :: count < PUSHES ->
    MAY_DIE;
#ifdef M_FLAGFIRST
    flag = SLEEPING;
    TOP++;
    if :: flag -> SLEEPING = false; bump() :: else fi;
#else
    TOP++;
    MAY_DIE;
    ring();
#endif
    count++
  :: else -> break
  od;
dead:
  skip
}

proctype Returner() {
  bool flag;
  MAY_DIE;
  RETURNED++;
  MAY_DIE;
  ring();
dead:
  skip
}

proctype Raiser() { STATE = true; ringAlways() }

#ifdef DEATH
/* It may also be wrong to wait for a death: the model ends without one. */
proctype Supervisor() {
  bool flag;
end_alive:
  died ->
#ifdef M_SUPERVISORRINGS
  DEATHS++;
  ring();
#else
  DEATHS++;
#ifndef M_SUPERVISORSILENT
  ringAlways();
#endif
#endif
dead:
  looked = true
}
#endif

byte taken, returnedSeen, deathsSeen;
bool stateSeen, called;

inline lookAround() {
  called = false;
#ifndef M_NORECHECK
  if :: TOP != 0 -> called = true :: else fi;
  if :: !called && STATE != stateSeen -> called = true :: else fi;
  if :: !called && DEATHS != deathsSeen -> called = true :: else fi;
  if :: !called && RETURNED != returnedSeen -> called = true :: else fi
#endif
}

/* In the event loop: until rung; or an event of its own comes first, after which it turns (awake). */
inline idle() {
  if
  :: atomic { rung -> armed = false; rung = false }
  :: EVENTS > 0 -> EVENTS--
  :: EVENTS > 0 -> EVENTS--; SLEEPING = false
  fi
}

/* A ringer that dies need not have published; its death must be seen. */
#ifdef DEATH
#define COMPLETE (stateSeen && (died -> deathsSeen == 1 : (taken == PUSHES && returnedSeen == 1)))
#else
#define COMPLETE (stateSeen && taken == PUSHES && returnedSeen == 1)
#endif

proctype Owner() {
  byte bell, n;
  do
  :: true ->
    /* a turn */
    atomic { n = TOP; TOP = 0; taken = taken + n };
#ifndef M_DEATHUNSEEN
    deathsSeen = DEATHS;
#endif
    stateSeen = STATE;
#ifndef M_RETURNEDUNSEEN
    returnedSeen = RETURNED;
#endif
    if :: COMPLETE -> break :: else fi;
    if
    :: /* sleep */
#ifdef M_BELLLATE
      SLEEPING = true;
      lookAround();
      bell = BELL;
#elif defined(M_FLAGLATE)
      bell = BELL;
      lookAround();
      SLEEPING = true;
#else
      bell = BELL;
      SLEEPING = true;
      lookAround();
#endif
      if
      :: called
      :: else ->
        atomic { if :: BELL == bell -> blocked = true :: else fi };
        !blocked
      fi;
      SLEEPING = false
    :: !armed -> /* listen */
      bell = BELL;
      SLEEPING = true;
      lookAround();
      if
      :: called -> SLEEPING = false
      :: else ->
        atomic { if :: BELL == bell -> armed = true; rung = false :: else fi };
        if
        :: armed -> idle()
        :: else -> SLEEPING = false
        fi
      fi
    :: armed -> /* listenOn */
      SLEEPING = true;
      lookAround();
      if
      :: called -> SLEEPING = false
      :: else -> idle()
      fi
    fi
  od;
  complete = true
}

#ifdef LIVE
ltl seen { <> complete }
#endif

init {
  atomic {
    run Owner();
    run Pusher();
    run Returner();
    run Raiser();
#ifdef DEATH
    run Supervisor()
#endif
  }
}
