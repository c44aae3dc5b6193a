/*
 * Ready list, TAIL with RESTS, and STARVED (src/runtime/{ring/tail,thread/ready-list,thread/signal}.ts) together with the bell:
 * producers with a ring each send to one consumer that has one list and one bell for all of them.
 * A full ring puts its producer to sleep on its own list and bell until the room node comes.
 * With TERM, someone raises the context's state and rings everyone: all must end.
 * With RAISE, nobody reads before ring 1 holds all its messages, which it may once its mark has been raised.
 *
 * Before the consumer sleeps it may look at ring 1 itself, which does not rest meanwhile.
 *
 * Each access to a shared word is a step. A thread ends when its work is done, so a lost wake-up is an
 * invalid end.
 *
 * Mutants: M_NOCAS, M_LOOKFIRST, M_RINGFIRST, M_NEXTLATE, M_RESTPLAIN, M_RESTALONE, M_WAKEPLAIN, M_LOOKSAWAY, M_STARVENORECHECK, M_STARVEPLAIN, M_ROOMFIRST, with TERM M_TERMSILENT, M_NOSTATECHECK, and with RAISE M_MARKNORECHECK.
 *
 * LIVE: in the end everybody is done, so whoever waits is woken, if only nobody is kept from going on
 * for ever. Mutant: with TERM M_STATEUNHEEDED, which does not sleep once the state is raised, nor end.
 */
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef MESSAGES
#define MESSAGES 2
#endif
#ifndef HWM
#define HWM 1
#endif
#define THREADS (PRODUCERS + 1) /* 0 is the consumer, producer k has ring k */

bool STATE;
byte TOP[THREADS];
byte NEXT[THREADS]; /* of data nodes; a room node is alone on its list */
byte BELL[THREADS];
bool SLEEPING[THREADS];
bool blocked[THREADS];
byte TAIL[THREADS], HEAD[THREADS];
byte ended; /* how many threads have */
#ifdef RAISE
byte MARK[THREADS];
#else
#define markSeen HWM
#endif
bool RESTS[THREADS]; /* a bit of TAIL: both change in one step */
bool STARVED[THREADS];

inline ringBell(t) {
  flag = SLEEPING[t];
  if
  :: flag ->
    atomic { flag = SLEEPING[t]; SLEEPING[t] = false };
    if :: flag -> BELL[t] = (BELL[t] + 1) & 7; blocked[t] = false :: else fi
  :: else
  fi
}

/* sleep(t): whoever calls it turns afterwards, whatever woke it */
inline sleep(t) {
  bell = BELL[t];
  SLEEPING[t] = true;
  if
  :: TOP[t] != 0 -> skip
  :: else ->
#ifndef M_NOSTATECHECK
    if
    :: STATE -> skip
    :: else ->
#endif
      atomic { if :: BELL[t] == bell -> blocked[t] = true :: else fi };
      !blocked[t]
#ifndef M_NOSTATECHECK
    fi
#endif
  fi;
  SLEEPING[t] = false
}

inline signalRoom(k) {
  if
  :: flag ->
    atomic { flag = STARVED[k]; STARVED[k] = false };
    if
    :: flag ->
      assert(TOP[k] == 0); /* the node is on no list */
      TOP[k] = k;
      ringBell(k)
    :: else
    fi
  :: else
  fi
}

proctype Producer(byte k) {
  byte sent, headSeen, below, bell;
  bool flag, awaiting;
#ifdef RAISE
  byte markSeen = HWM;
#endif

  do
  :: sent < MESSAGES ->
    if
    :: sent - headSeen >= markSeen ->
#ifdef RAISE
      markSeen = MARK[k];
#endif
      headSeen = HEAD[k]
    :: else
    fi;
    if
    :: sent - headSeen < markSeen ->
      sent++;
      /* publish */
#ifdef M_LOOKFIRST
      flag = RESTS[k];
      atomic { TAIL[k] = sent; RESTS[k] = false };
#else
      atomic { flag = RESTS[k]; TAIL[k] = sent; RESTS[k] = false };
#endif
      /* signalData */
      if
      :: flag ->
#ifdef M_RINGFIRST
        ringBell(0);
#endif
        do
        :: true ->
          below = TOP[0];
          NEXT[k] = below;
#ifdef M_NOCAS
          TOP[0] = k; break
#else
          atomic { if :: TOP[0] == below -> TOP[0] = k; break :: else fi }
#endif
        od;
#ifndef M_RINGFIRST
        ringBell(0)
#endif
      :: else
      fi
    :: else ->
      /* starve */
      STARVED[k] = true;
#ifdef M_STARVENORECHECK
      awaiting = true;
#else
      flag = HEAD[k] == headSeen;
#if defined(RAISE) && !defined(M_MARKNORECHECK)
      if :: flag -> flag = MARK[k] == markSeen :: else fi;
#endif
      if
      :: flag -> awaiting = true
      :: else ->
#ifdef M_STARVEPLAIN
        STARVED[k] = false; awaiting = false
#else
        atomic { flag = STARVED[k]; STARVED[k] = false };
        awaiting = !flag
#endif
      fi;
#endif
      do
      :: awaiting ->
        /* a turn: takes the list, looks at the state */
        atomic { below = TOP[k]; TOP[k] = 0 };
        if :: below != 0 -> awaiting = false; break :: else fi;
#ifndef M_STATEUNHEEDED
        if :: STATE -> goto done :: else fi;
#endif
        sleep(k)
      :: else -> break
      od
    fi
  :: else -> break
  od;
done:
  ended++
}

/* restConsumer: flag says whether the ring rests */
inline rest(r) {
#if defined(M_RESTPLAIN)
  flag = TAIL[r] == head[r];
  if :: flag -> atomic { TAIL[r] = head[r]; RESTS[r] = true } :: else fi
#elif defined(M_RESTALONE)
  flag = TAIL[r] == head[r];
  if :: flag -> RESTS[r] = true :: else fi
#else
  atomic { flag = TAIL[r] == head[r]; if :: flag -> RESTS[r] = true :: else fi }
#endif
}

/* looks at a ring that rests, as long as it likes, without being told of anything; atWork says whether there is more */
inline look(r) {
#ifdef M_WAKEPLAIN
  flag = RESTS[r] && TAIL[r] == head[r];
  if :: flag -> RESTS[r] = false :: else fi;
#else
  atomic { flag = RESTS[r] && TAIL[r] == head[r]; if :: flag -> RESTS[r] = false :: else fi };
#endif
#ifndef M_LOOKSAWAY
  if :: flag -> rest(r); atWork[r] = !flag :: else fi
#endif
}

proctype Consumer() {
  byte received, node, below, bell, k, t, steps;
  byte head[THREADS];
  bool atWork[THREADS];
  bool flag, any;

#ifdef RAISE
  TAIL[1] == MESSAGES;
#endif
  do
  :: received < PRODUCERS * MESSAGES ->
    /* takeAll */
    atomic { node = TOP[0]; TOP[0] = 0; steps = 0 };
    do
    :: node != 0 ->
      steps++;
      assert(steps <= PRODUCERS);
      assert(!atWork[node]);
#ifdef M_NEXTLATE
      /* the ring is read and put to rest before its link is read; nobody starves with HWM=2 */
      t = TAIL[node];
      received = received + (t - head[node]);
      head[node] = t;
      HEAD[node] = t;
      rest(node);
      atWork[node] = !flag;
#else
      atWork[node] = true;
#endif
      node = NEXT[node]
    :: else -> break
    od;
    if :: STATE -> goto done :: else fi;
    any = false;
    k = 1;
    do
    :: k <= PRODUCERS ->
      if
      :: atWork[k] ->
        t = TAIL[k];
        if
        :: t != head[k] ->
          any = true;
          received = received + (t - head[k]);
          head[k] = t;
#ifdef M_ROOMFIRST
          flag = STARVED[k];
          HEAD[k] = t;
#else
          HEAD[k] = t;
          flag = STARVED[k];
#endif
          signalRoom(k)
        :: else ->
          rest(k);
          if :: flag -> atWork[k] = false :: else -> any = true fi
        fi
      :: else
      fi;
      k++
    :: else -> break
    od;
    if
    :: any -> skip
    :: else ->
      /* may look for an answer in ring 1 before it sleeps */
      if :: look(1) :: true -> skip fi;
      if :: atWork[1] -> skip :: else -> sleep(0) fi
    fi
  :: else -> break
  od;
done:
  ended++
}

#ifdef LIVE
ltl woken { <> (ended == THREADS) }
#endif

#ifdef RAISE
proctype Marker() {
  bool flag;
  MARK[1] = MESSAGES;
  flag = STARVED[1];
  signalRoom(1)
}
#endif

#ifdef TERM
proctype Raiser() {
  byte t;
  STATE = true;
#ifndef M_TERMSILENT
  do
  :: t < THREADS ->
    SLEEPING[t] = false;
    BELL[t] = (BELL[t] + 1) & 7;
    blocked[t] = false;
    t++
  :: else -> break
  od
#endif
}
#endif

init {
  atomic {
    byte k = 1;
    do
    :: k <= PRODUCERS -> RESTS[k] = true; run Producer(k); k++
    :: else -> break
    od;
    run Consumer();
#ifdef RAISE
    for (k : 1 .. PRODUCERS) { MARK[k] = HWM }
    run Marker();
#endif
#ifdef TERM
    run Raiser()
#endif
  }
}
