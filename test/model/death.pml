/*
 * A thread that dies, and what the reaper leaves alone until nobody needs it (src/runtime/context/reaper.ts,
 * Thread.observeDeaths, src/runtime/thread/holds.ts).
 *
 * The victim has made a pipe and left it on the stack of a name that nobody has bound, and dies at any step. A
 * binder takes what waits there and, having lost the name, passes it on to the survivor, who has it now and takes
 * the pipe in. So the pipe may be on the stack, in the binder's hands, on the survivor's list, or the survivor's
 * when the victim dies. Whoever touches it once the victim's memory is given back has failed.
 *
 * Threads act on a round between two calls. How they are woken for it is the doorbell's model; here they look.
 *
 * Mutants: M_NOFIRSTROUND, M_ONEROUND, M_NOUNBIND, M_NOCHECK, M_NOHOLDS, M_SEENFIRST, M_MIDCALL, M_LISTUNSEEN.
 */
#ifndef CALLS
#define CALLS 2 /* of the binder */
#endif

mtype = { LIVE, DEAD, BURIED };

mtype STATE = LIVE;    /* of the victim's slot */
byte DEATHS;           /* the round */
byte SEEN_B, SEEN_S;   /* SLOT_DEATHS of binder and survivor */
bool HOLDS;            /* the survivor's bit for the victim's slot */
bool WAITING;          /* the pipe lies on the name's stack */
bool LISTED;           /* it lies on the survivor's list */
bool binderDone, swept;

#define touch assert(!swept)

active proctype Victim() {
  atomic { STATE == LIVE -> WAITING = true }
  /* or it has died before */
unless { STATE != LIVE }
}

/* whoever finds it dead, at any time */
active proctype Finder() {
  STATE = DEAD
}

inline actOnRound(seen) {
  round = DEATHS;
  seen = round
}

active proctype Binder() {
  byte calls, round;
  bool inHand;

  do
  :: calls < CALLS ->
    /* a call that takes what waits, and sends it on */
    atomic { inHand = WAITING; WAITING = false };
#ifdef M_MIDCALL
    actOnRound(SEEN_B);
#endif
    if
    :: inHand ->
      touch; /* whose it is, and where it belongs */
#ifdef M_NOCHECK
      LISTED = true
#else
      if
      :: STATE == LIVE -> LISTED = true
      :: else /* its maker is dead: thrown away */
      fi
#endif
    :: else
    fi;
    calls++
  :: SEEN_B != DEATHS -> actOnRound(SEEN_B)
  :: calls == CALLS -> break
  od;
  binderDone = true
}

active proctype Survivor() {
  byte round;
  bool tied, lost, taken;

  do
  :: swept -> break
  :: LISTED && !tied ->
    /* a turn: takes its list */
    LISTED = false;
    touch;
    if
    :: STATE == LIVE -> tied = true
    :: else /* its maker is dead: thrown away */
    fi
  :: tied ->
    touch; /* reads on */
    if
    :: lost ->
      /* everything is read: the end leaves, and lets go last */
      touch;
      tied = false;
      lost = false;
      HOLDS = false
    :: else
    fi
  :: SEEN_S != DEATHS ->
    round = DEATHS;
#ifdef M_SEENFIRST
    SEEN_S = round;
#endif
    /* which ties are lost, and then the list once more */
    if
    :: tied && STATE != LIVE && !lost ->
      HOLDS = true;
      lost = true
    :: else
    fi;
#ifndef M_LISTUNSEEN
    atomic { taken = LISTED; LISTED = false };
    if
    :: taken ->
      touch;
      if
      :: STATE == LIVE -> tied = true
      :: else
      fi
    :: else
    fi;
    if
    :: tied && STATE != LIVE && !lost ->
      HOLDS = true;
      lost = true
    :: else
    fi;
#endif
    SEEN_S = round
  od
}

active proctype Reaper() {
  byte round;
  STATE == DEAD;
#ifndef M_NOFIRSTROUND
  DEATHS++; round = DEATHS;
  SEEN_S >= round && (SEEN_B >= round || binderDone);
#endif
#ifndef M_NOUNBIND
  WAITING = false;
#endif
  STATE = BURIED;
#ifndef M_ONEROUND
  DEATHS++; round = DEATHS;
  SEEN_S >= round && (SEEN_B >= round || binderDone);
#endif
#ifndef M_NOHOLDS
  !HOLDS;
#endif
  swept = true
}
