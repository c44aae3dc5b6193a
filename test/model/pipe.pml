/*
 * A pipe's life and end (src/runtime/pipe/pipe.ts): two ends that write, read and leave whenever they
 * like; the maker A frees the block. Ring r is the one that end r produces: A is 0, B is 1.
 *
 * Lists and bells are proven in ready.pml and doorbell.pml: here a list is the set of its two nodes
 * and a thread sleeps until it has a node or a pipe came back. Each access to the block or to a segment
 * asserts that it is not free, and nothing free may lie on a list. Both ends must finish.
 *
 * Mutants: M_ENDEDFIRST, M_SIGNALFIRST, M_NOTAKE, M_FREEONENDED, M_RETURNEDEARLY, M_SEGMENTSEARLY,
 * M_NOLASTLOOK, M_RESTBLIND, M_NOPEERLOOK.
 */
#ifndef MESSAGES
#define MESSAGES 1
#endif
#define HWM 1

#define OPEN 0
#define LEFT 1
#define FINISHED 2

byte TAIL[2], HEAD[2];
bool QUEUED[2], STARVED[2], ENDED[2], CLOSED[2];
bool RETURNED, ADDED;
bool dataListed[2], roomListed[2];
bool segmentsFreed[2];
bool blockFreed;
byte sentBy[2];
bool leftFirst[2];

#define TOUCH assert(!blockFreed)

inline signalData(r) {
  TOUCH;
  flag = QUEUED[r];
  if
  :: flag
  :: else ->
    atomic { TOUCH; flag = QUEUED[r]; QUEUED[r] = true };
    if
    :: flag
    :: else ->
      TOUCH; /* the consumer's slot, and the node's link */
      atomic { TOUCH; assert(!dataListed[r]); dataListed[r] = true }
    fi
  fi
}

inline signalRoom(r) {
  TOUCH;
  flag = STARVED[r];
  if
  :: flag ->
    atomic { TOUCH; flag = STARVED[r]; STARVED[r] = false };
    if
    :: flag ->
      TOUCH;
      atomic { TOUCH; assert(!roomListed[r]); roomListed[r] = true }
    :: else
    fi
  :: else
  fi
}

/* answers in `flag`: may the consumer forget the ring? */
inline restConsumer(r, position) {
  atomic { TOUCH; QUEUED[r] = false };
  flag = false;
  if
  :: TAIL[r] == position ->
#ifdef M_RESTBLIND
    flag = true
#else
    TOUCH;
    if :: !ENDED[r] -> flag = true :: else fi
#endif
  :: else
  fi;
  if
  :: flag
  :: else -> atomic { TOUCH; flag = QUEUED[r]; QUEUED[r] = true }
  fi
}

inline awaitPeer() {
  do
  :: true ->
    TOUCH;
    position = TAIL[in];
    TOUCH;
    if :: ENDED[in] -> break :: else fi;
    restConsumer(in, position);
    if :: flag -> atWork = false; break :: else fi
  od;
  if
  :: atWork && state != FINISHED ->
    state = FINISHED;
    segmentsFreed[out] = true;
    if
    :: isA ->
#ifdef M_FREEONENDED
      retiring = true
#else
      TOUCH;
      if :: RETURNED -> retiring = true :: else -> leaving = true fi
#endif
    :: else -> retiring = true
    fi
  :: else
  fi
}

inline terminate() {
  if
  :: state == OPEN ->
    state = LEFT;
    leftFirst[out] = !ENDED[in];
#ifdef M_SEGMENTSEARLY
    segmentsFreed[out] = true;
#endif
#ifdef M_ENDEDFIRST
    atomic { TOUCH; ENDED[out] = true };
    signalData(out);
    atomic { TOUCH; CLOSED[in] = true };
    signalRoom(in);
#else
    atomic { TOUCH; CLOSED[in] = true };
    signalRoom(in);
#ifdef M_RETURNEDEARLY
    if :: !isA && ENDED[in] -> RETURNED = true; ADDED = true :: else fi;
#endif
#ifdef M_SIGNALFIRST
    signalData(out);
    atomic { TOUCH; ENDED[out] = true };
#else
    atomic { TOUCH; ENDED[out] = true };
    signalData(out);
#endif
#endif
    if :: atWork -> awaitPeer() :: else fi
  :: else
  fi
}

inline release() {
  if
  :: state == OPEN && released != head ->
    released = head;
    atomic { TOUCH; HEAD[in] = head };
    signalRoom(in)
  :: else
  fi
}

inline readOne() {
  TOUCH;
  assert(!segmentsFreed[in]);
  head++
}

/* checkRead and read; leaves the ring at rest or ends the pipe when there is nothing */
inline checkRead() {
  TOUCH;
  if
  :: TAIL[in] != head -> readOne()
  :: else ->
    if
    :: atWork && state == OPEN ->
      release();
      do
      :: true ->
        TOUCH;
        if
        :: ENDED[in] ->
#ifndef M_NOLASTLOOK
          TOUCH;
          if :: TAIL[in] != head -> readOne(); break :: else fi;
#endif
          TOUCH;
          if :: CLOSED[out] -> peerClosed = true :: else fi;
          assert(head == sentBy[in]); /* what was sent before the peer left has all been read */
          terminate();
          break
        :: else
        fi;
        restConsumer(in, head);
        if :: flag -> atWork = false; break :: else fi;
        TOUCH;
        if :: TAIL[in] != head -> readOne(); break :: else fi
      od
    :: else
    fi
  fi
}

/* A full ring: asks for the room node. Trying again must make sense, or it would never end. */
inline awaitRoom() {
  atomic { TOUCH; STARVED[out] = true };
  flag = false;
  if
  :: HEAD[out] == headSeen -> TOUCH; if :: !CLOSED[out] -> flag = true :: else fi
  :: else
  fi;
  if
  :: flag -> awaitingRoom = true
  :: else ->
    atomic { TOUCH; flag = STARVED[out]; STARVED[out] = false };
    awaitingRoom = !flag;
#ifndef M_NOPEERLOOK
    if :: flag && CLOSED[out] -> peerClosed = true :: else fi;
#endif
    assert(awaitingRoom || peerClosed || HEAD[out] != headSeen)
  fi
}

/* takes the list and lets its nodes act */
inline turn() {
  atomic {
    tookData = dataListed[in];
    dataListed[in] = false;
    tookRoom = roomListed[out];
    roomListed[out] = false;
    assert(!(blockFreed && (tookData || tookRoom)))
  };
  if
  :: tookRoom ->
    awaitingRoom = false;
    TOUCH;
    if :: CLOSED[out] -> peerClosed = true :: else fi
  :: else
  fi;
  if
  :: tookData ->
    assert(!atWork);
    atWork = true;
    if
    :: state != OPEN -> awaitPeer()
    :: else ->
      TOUCH;
      if :: CLOSED[out] -> peerClosed = true :: else fi;
      checkRead()
    fi
  :: else
  fi
}

proctype End(bool isA; byte out; byte in; bool atWork) {
  byte state = OPEN;
  byte head, released, headSeen, position;
  bool awaitingRoom, peerClosed, leaving, retiring, flag, tookData, tookRoom, gone;

  do
  :: gone -> break
  :: !gone && state == OPEN && sentBy[out] < MESSAGES && !awaitingRoom && !peerClosed ->
    /* write */
    if :: sentBy[out] - headSeen >= HWM -> TOUCH; headSeen = HEAD[out] :: else fi;
    if
    :: sentBy[out] - headSeen < HWM ->
      atomic { TOUCH; assert(!segmentsFreed[out]); sentBy[out]++; TAIL[out] = sentBy[out] };
      signalData(out)
    :: else -> awaitRoom()
    fi
  :: !gone && state == OPEN -> checkRead()
  :: !gone && state == OPEN -> release()
  :: !gone && state == OPEN -> terminate()
  :: !gone && retiring ->
    /* the list once more, then the block is let go of */
#ifndef M_NOTAKE
    turn();
#endif
    gone = true;
    if
    :: isA ->
      atomic {
        blockFreed = true;
        assert(!dataListed[0] && !dataListed[1] && !roomListed[0] && !roomListed[1])
      }
    :: else ->
      TOUCH; /* the maker's slot */
      atomic { TOUCH; RETURNED = true };
      ADDED = true
    fi
  :: !gone && !retiring && (dataListed[in] || roomListed[out]) -> turn()
  :: !gone && !retiring && leaving && ADDED ->
    TOUCH;
    if :: RETURNED -> leaving = false; retiring = true :: else fi
  od
}

init {
  atomic {
    /* B counts as at work until it has taken the pipe in. */
    QUEUED[0] = true;
    run End(true, 0, 1, false);
    run End(false, 1, 0, true)
  }
}
