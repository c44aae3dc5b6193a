/*
 * The end of a context (src/runtime/context/ending.ts): its state, raised and never lowered; the counts of
 * what is left; and everyone who sleeps meanwhile. Applications open a socket each, have an I/O worker
 * serve it, at once or only when they are about to close, and close when they hear ETERM. The worker lingers
 * before it lets go of what was closed. Whoever terminates raises the state, waits until all is quiet, raises
 * it again, and waits for the worker's slot. With IMPATIENT there may be several of whom one
 * may lose patience at any time, and the peer is never there, so that lingering would last for ever.
 *
 * Each access to a shared word is a step, but for ringing, which doorbell.pml takes apart: here a bell only tells
 * whether it has changed since it was read. A thread ends when its part is over, so a lost wake-up is an invalid end.
 *
 * Mutants: M_RINGFIRST, M_SILENT, M_LOOKFIRST, M_NOUNCOUNT, M_CLOSEFIRST, M_CLOSESILENT,
 * M_ANSWERFIRST, M_ANSWERSILENT, M_FLUSHSILENT, M_SOCKETSLAST, M_SERVEDFIRST, M_BELLLATE, M_SLOTFIRST,
 * M_SLOTSILENT, and with IMPATIENT M_WAITFORQUIET.
 */
#ifndef APPLICATIONS
#define APPLICATIONS 1
#endif
#ifndef TERMINATORS
#define TERMINATORS 1
#endif

#define RUNNING 0
#define TERMINATED 1
#define STOPPED 2

#define WORKER 0
#define FIRST_APPLICATION 1
#define FIRST_TERMINATOR (FIRST_APPLICATION + APPLICATIONS)
#define THREADS (FIRST_TERMINATOR + TERMINATORS)

/* Shared words. */
byte STATE;
byte SOCKETS;             /* sum of the threads' counts */
byte PENDING;             /* the same */
byte SERVING;
bool SLOT = true;         /* the worker's */
bool NOTED;               /* its part of the report */
bool BIND[THREADS];       /* commands on the worker's list, by sender */
bool UNBIND[THREADS];
bool END[THREADS];        /* end nodes of pipes on the same list, which nobody counts */
bool RUNG[THREADS];       /* has the bell changed since its owner read it? */
bool SLEEPING[THREADS];
bool blocked[THREADS];

/* What is true, whatever the counts say. */
byte open; /* sockets, until everything is posted that their close asks for */
byte served;

inline wake(t) {
  SLEEPING[t] = false;
  RUNG[t] = true;
  blocked[t] = false
}

inline ringEveryone() {
  d_step {
    w = 0;
    do
    :: w < THREADS -> wake(w); w++
    :: else -> break
    od;
    w = 0
  }
}

inline reportProgress() {
  if
  :: STATE != RUNNING -> ringEveryone()
  :: else
  fi
}

inline ringWorker() {
  atomic { if :: SLEEPING[WORKER] -> wake(WORKER) :: else fi }
}

/* `called`: is there something on the list? `seen`: the state that was acted on */
inline sleep(t, called) {
  SLEEPING[t] = true;
  if
  :: called -> skip
  :: else ->
    if
    :: STATE != seen -> skip
    :: else ->
      atomic { if :: !RUNG[t] -> blocked[t] = true :: else fi };
      !blocked[t]
    fi
  fi;
  SLEEPING[t] = false
}

/* Until the state is at least `wanted`. */
inline awaitState(t, wanted) {
  do
  :: true ->
    RUNG[t] = false;
    seen = STATE;
    if :: seen >= wanted -> break :: else fi;
    sleep(t, false)
  od
}

#define post(COMMAND) PENDING++; COMMAND[t] = true; ringWorker()

proctype Application(byte t) {
  byte seen, w;
  bool bound;

#ifdef M_LOOKFIRST
  if :: STATE != RUNNING -> goto end :: else fi;
  SOCKETS++;
#else
  SOCKETS++;
  if
  :: STATE != RUNNING ->
#ifndef M_NOUNCOUNT
    SOCKETS--;
    reportProgress();
#endif
    goto end
  :: else
  fi;
#endif
  open++;
  if
  :: post(BIND); bound = true
#ifndef IMPATIENT
  :: skip
#endif
  fi;
  awaitState(t, TERMINATED);
#ifdef M_CLOSEFIRST
  SOCKETS--;
#endif
  if
  :: !bound -> post(BIND)
  :: else
  fi;
  if
  :: post(UNBIND)
#ifndef IMPATIENT
  :: END[t] = true; ringWorker()
#endif
  fi;
#ifdef M_CLOSEFIRST
  open--;
#else
  atomic { open--; SOCKETS-- };
#endif
#ifndef M_CLOSESILENT
  reportProgress();
#endif
end:
  awaitState(t, STOPPED)
}

#define CALLED_BY(t) (BIND[t] || UNBIND[t] || END[t])
#define CALLED (CALLED_BY(1) || (APPLICATIONS > 1 && CALLED_BY(APPLICATIONS)))

proctype Worker() {
  byte seen, w, a, lingering;
  bool bind, unbind, end;

  do
  :: true ->
    RUNG[WORKER] = false;
    a = FIRST_APPLICATION;
    do
    :: a < FIRST_TERMINATOR ->
      atomic {
        bind = BIND[a]; unbind = UNBIND[a]; end = END[a];
        BIND[a] = false; UNBIND[a] = false; END[a] = false
      };
      if
      :: bind ->
#ifdef M_ANSWERFIRST
        PENDING--;
        atomic { served++; SERVING++ }
#else
        atomic { served++; SERVING++ };
        PENDING--
#endif
#ifndef M_ANSWERSILENT
        ; reportProgress()
#endif
      :: else
      fi;
      if
      :: unbind ->
        if
        :: lingering++
        :: atomic { served--; SERVING-- };
           reportProgress()
        fi;
        PENDING--
#ifndef M_ANSWERSILENT
        ; reportProgress()
#endif
      :: else
      fi;
      if :: end -> lingering++ :: else fi;
      a++
    :: else -> break
    od;
    a = 0; bind = false; unbind = false; end = false;
    seen = STATE;
    if :: seen == STOPPED -> break :: else fi;
#ifdef IMPATIENT
    sleep(WORKER, CALLED)
#else
    if
    :: lingering > 0 ->
      /* the last byte of a closed socket has gone out; now or later */
      lingering--;
      atomic { served--; SERVING-- };
#ifndef M_FLUSHSILENT
      reportProgress()
#endif
    :: lingering == 0 -> sleep(WORKER, CALLED)
    fi
#endif
  od;
  lingering = 0;
  served = 0;
#ifdef M_SLOTFIRST
  SLOT = false;
  NOTED = true;
#else
  NOTED = true;
  SLOT = false;
#endif
#ifndef M_SLOTSILENT
  ringEveryone()
#endif
}

inline readQuiet() {
  quiet = true;
#ifndef M_SOCKETSLAST
  if :: SOCKETS != 0 -> quiet = false :: else fi;
#endif
#ifdef M_SERVEDFIRST
  if :: quiet && SERVING != 0 -> quiet = false :: else fi;
#endif
  if :: quiet && PENDING != 0 -> quiet = false :: else fi;
#ifndef M_SERVEDFIRST
  if :: quiet && SERVING != 0 -> quiet = false :: else fi;
#endif
#ifdef M_SOCKETSLAST
  if :: quiet && SOCKETS != 0 -> quiet = false :: else fi;
#endif
}

/* atomically, since anyone raises it and nobody lowers it */
inline raise(state) {
#ifdef M_RINGFIRST
  ringEveryone();
  atomic { if :: STATE < state -> STATE = state :: else fi };
  raised = false
#else
  atomic { if :: STATE < state -> STATE = state; raised = true :: else -> raised = false fi };
#ifndef M_SILENT
  if :: raised -> ringEveryone() :: else fi
#endif
#endif
}

proctype Terminator(byte t) {
  byte seen, w;
  bool quiet, raised;

  raise(TERMINATED);
again:
  do
  :: true ->
    RUNG[t] = false;
    seen = STATE;
#ifdef M_WAITFORQUIET
    /* of another's impatience it takes no notice */
#else
    if :: seen == STOPPED -> break :: else fi;
#endif
    readQuiet();
    if
    :: quiet ->
      /* what was true before may have been given up by another terminator since */
      if :: STATE != STOPPED -> assert(open == 0 && served == 0 && PENDING == 0) :: else fi;
      break
    :: else
    fi;
#ifdef IMPATIENT
    if
    :: t == FIRST_TERMINATOR ->
      /* wakes by itself, and may have had enough each time */
      if
      :: break
      :: goto again
      fi
    :: else
    fi;
#endif
#ifdef M_BELLLATE
    RUNG[t] = false;
#endif
    sleep(t, false)
  od;
  quiet = false;
  raise(STOPPED);
  do
  :: true ->
    RUNG[t] = false;
    seen = STATE;
    if :: !SLOT -> break :: else fi;
    sleep(t, false)
  od;
  assert(NOTED)
}

init {
  atomic {
    byte t = FIRST_APPLICATION;
    run Worker();
    do
    :: t < FIRST_TERMINATOR -> run Application(t); t++
    :: t >= FIRST_TERMINATOR && t < THREADS -> run Terminator(t); t++
    :: else -> break
    od
  }
}
