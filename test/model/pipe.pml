/*
 * A pipe's life and end (src/runtime/pipe/pipe.ts): two ends that write, read and leave; the maker A
 * frees the block. Ring r is the one that end r produces: A is 0, B is 1. B may come late, or after A
 * has left (JOIN).
 *
 * Lists and bells are proven in ready.pml and doorbell.pml: here a push is one step, a list is taken
 * oldest first, and a thread sleeps until it has a node or a pipe came back. Each access to the block
 * or to a segment asserts that it is not free, and nothing free may lie on a list. Both ends must
 * finish, also when only one of them wants to leave.
 *
 * Mutants: M_NEWESTFIRST, M_JOINPLAIN, M_JOINEXCHANGE, M_JOINLATE, M_SIGNALAFTEREND, M_FREEONEND, M_RETURNEDEARLY,
 * M_SEGMENTSEARLY, M_NOTATWORK, M_RELEASEAFTEREND.
 */
#ifndef MESSAGES
#define MESSAGES 2
#endif
#define HWM 1

#define OPEN 0
#define LEFT 1
#define FINISHED 2

#define UNJOINED 0
#define JOINED 1
#define ABANDONED 2

/* What an end's list can hold, each at most once. */
#define DATA 1
#define ROOM 2
#define END 3

byte TAIL[2], HEAD[2];
bool RESTS[2]; /* a bit of TAIL: both change in one step */
bool STARVED[2];
byte JOIN;
bool RETURNED, ADDED;
byte list[6]; /* of end e from 3 * e on, oldest first */
byte listed[2];
bool segmentsFreed[2];
bool blockFreed;
bool leaves[2]; /* does the end leave of its own accord? */

#define TOUCH assert(!blockFreed)

inline push(e, node) {
  TOUCH; /* the node's link */
  atomic {
    TOUCH;
    assert(listed[e] < 3);
    assert(listed[e] < 1 || list[3 * (e)] != node);
    assert(listed[e] < 2 || list[3 * (e) + 1] != node);
    list[3 * (e) + listed[e]] = node;
    listed[e]++
  }
}

inline publish() {
  atomic { TOUCH; flag = RESTS[out]; TAIL[out] = sent; RESTS[out] = false };
  /* signalData */
  if
  :: flag -> push(in, DATA)
  :: else
  fi
}

inline signalRoom() {
  TOUCH;
  flag = STARVED[in];
  if
  :: flag ->
    atomic { TOUCH; flag = STARVED[in]; STARVED[in] = false };
    if
    :: flag -> push(in, ROOM)
    :: else
    fi
  :: else
  fi
}

inline freeBlock() {
  atomic { blockFreed = true; assert(listed[0] == 0 && listed[1] == 0) };
  gone = true
}

inline finish() {
  state = FINISHED;
  segmentsFreed[out] = true;
  if
  :: isA ->
#ifdef M_FREEONEND
    freeBlock()
#else
    TOUCH;
    if :: RETURNED -> freeBlock() :: else fi
#endif
  :: else ->
    TOUCH; /* the maker's slot */
    atomic { TOUCH; RETURNED = true };
    ADDED = true;
    gone = true
  fi
}

inline terminate() {
  if
  :: state == OPEN ->
    state = LEFT;
#ifdef M_SEGMENTSEARLY
    segmentsFreed[out] = true;
#endif
#ifdef M_RETURNEDEARLY
    if :: !isA && peerLeft -> RETURNED = true; ADDED = true :: else fi;
#endif
    /* pushEnd */
    if
    :: isA ->
#if defined(M_JOINPLAIN)
      TOUCH;
      flag = (JOIN == JOINED);
      atomic { TOUCH; if :: !flag -> JOIN = ABANDONED :: else fi };
#elif defined(M_JOINEXCHANGE)
      atomic { TOUCH; flag = (JOIN == JOINED); JOIN = ABANDONED };
#else
      atomic { TOUCH; flag = (JOIN == JOINED); if :: !flag -> JOIN = ABANDONED :: else fi };
#endif
      if :: flag -> push(in, END) :: else fi
    :: else -> push(in, END)
    fi;
#ifdef M_SIGNALAFTEREND
    publish();
#endif
    if :: peerLeft -> finish() :: else fi
  :: else
  fi
}

inline release() {
  if
#ifdef M_RELEASEAFTEREND
  :: state != FINISHED && released != head ->
#else
  :: state == OPEN && released != head ->
#endif
    released = head;
    atomic { TOUCH; HEAD[in] = head };
    signalRoom()
  :: else
  fi
}

inline readOne() {
  TOUCH;
  assert(!segmentsFreed[in]);
  head++
}

/* Reads a message if there is one; else lets the ring rest, or leaves after the peer. */
inline checkRead() {
  TOUCH;
  if
  :: TAIL[in] != head -> readOne()
  :: else ->
    if
    :: atWork && state == OPEN ->
      release();
      do
      :: peerLeft ->
        TOUCH;
        assert(TAIL[in] == head); /* what the peer sent has all been read */
        terminate();
        break
      :: else ->
        /* restConsumer */
        atomic { TOUCH; atWork = TAIL[in] != head; if :: !atWork -> RESTS[in] = true :: else fi };
        if :: !atWork -> break :: else fi;
        TOUCH;
        if :: TAIL[in] != head -> readOne(); break :: else fi
      od
    :: else
    fi
  fi
}

inline write() {
  if :: sent - headSeen >= HWM -> TOUCH; headSeen = HEAD[out] :: else fi;
  if
  :: sent - headSeen < HWM ->
    assert(!segmentsFreed[out]);
    sent++;
    publish()
  :: else ->
    /* starve */
    atomic { TOUCH; STARVED[out] = true };
    TOUCH;
    if
    :: HEAD[out] == headSeen -> awaitingRoom = true
    :: else ->
      atomic { TOUCH; flag = STARVED[out]; STARVED[out] = false };
      awaitingRoom = !flag
    fi
  fi
}

inline dispatch(node) {
  if
  :: node == DATA ->
    assert(state != FINISHED); /* a node that nobody explains */
    atWork = true;
    if :: state == OPEN -> checkRead() :: else fi
  :: node == ROOM ->
    assert(state != FINISHED);
    awaitingRoom = false
  :: node == END ->
    assert(state != FINISHED);
    peerLeft = true;
    if
    :: state == LEFT -> finish()
    :: else ->
#ifndef M_NOTATWORK
      atWork = true;
#endif
      checkRead()
    fi
  fi
}

inline turn() {
  atomic {
    taken = listed[out];
    took[0] = list[3 * out];
    took[1] = list[3 * out + 1];
    took[2] = list[3 * out + 2];
    listed[out] = 0;
    list[3 * out] = 0;
    list[3 * out + 1] = 0;
    list[3 * out + 2] = 0;
    assert(!blockFreed);
    i = 0
  };
  do
  :: i < taken ->
#ifdef M_NEWESTFIRST
    dispatch(took[taken - 1 - i]);
#else
    dispatch(took[i]);
#endif
    i++
  :: else -> break
  od
}

proctype End(bool isA; byte out; byte in) {
  byte state = OPEN;
  byte head, released, headSeen, sent, taken, i;
  byte took[3];
  bool atWork, awaitingRoom, peerLeft, flag, gone;

  if
  :: isA
  :: else ->
    /* accept, whenever B comes to it */
    atWork = true;
#ifdef M_JOINLATE
    TOUCH;
    flag = (JOIN == ABANDONED);
    atomic { TOUCH; JOIN = JOINED };
#else
    atomic { TOUCH; flag = (JOIN == ABANDONED); JOIN = JOINED };
#endif
    peerLeft = flag
  fi;

  do
  :: gone -> break
  :: !gone && state == OPEN && sent < MESSAGES && !awaitingRoom && !peerLeft -> write()
  :: !gone && state == OPEN && atWork -> checkRead()
  :: !gone && released != head -> release()
  :: !gone && state == OPEN && leaves[out] -> terminate()
  :: !gone && listed[out] > 0 -> turn()
  :: !gone && isA && state == FINISHED && ADDED ->
    TOUCH;
    if :: RETURNED -> freeBlock() :: else fi
  od
}

init {
  atomic {
    /* B counts as at work until it has taken the pipe in; to A nothing has come. */
    RESTS[1] = true;
    if
    :: JOIN = JOINED /* B's thread is known: it was told */
    :: JOIN = UNJOINED
    fi;
    if
    :: leaves[0] = true
    :: leaves[1] = true
    :: leaves[0] = true; leaves[1] = true
    fi;
    run End(true, 0, 1);
    run End(false, 1, 0)
  }
}
