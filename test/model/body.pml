/*
 * A body that lies in the arena once and goes to two consumers: who frees it, and when. One consumer takes it in a hand and
 * reads it after its ring has passed it; the other copies it out of the ring. Either may die before any of its
 * steps; a reaper then says so, and seals its ring. The owner frees the body when every ring has been passed, or its
 * consumer is dead, and no living thread has it in a hand. It sends the body's memory again at once, so whoever
 * still reads it reads something else.
 *
 * One step for each atomic operation of src/runtime/memory/hands.ts, src/runtime/memory/bodies.ts and Pipe.release. Plain reads of the
 * body are steps, too.
 *
 *   -DM_HANDLATE    the position is stored before the hand
 *   -DM_NOHANDS     the owner does not look at hands
 *   -DM_HANDSFIRST  the owner looks at the hands before the positions
 *   -DM_ONERING     the owner waits for one ring alone
 *   -DM_DEADHANDS   the hands of a dead thread count
 *   -DM_NOSEAL      the ring of a dead consumer is waited for
 *   -DM_EARLYLET    the hand is emptied before the body is read
 * A count in shared memory, in place of hands; nobody can settle it for the dead:
 *   -DM_COUNTFIRST  the consumer takes its count back, and then stores its position
 *   -DM_COUNTLAST   the other way round
 */

#define A 0
#define B 1

bit passed[2];   /* HEAD lies beyond the reference */
bit hand[2];
bit alive[2] = 1;
bit sealed[2];   /* the reaper has given up the ring */
bit ended[2];
bit freed;
byte count = 2;

#define DIE if :: alive[me] = 0; goto end :: skip fi

inline look() { assert(!freed) }

inline takeBack() {
  d_step {
    assert(count > 0);
    count = count - 1;
    freed = (count == 0)
  }
}

proctype Consumer(byte me; bit holds) {
  DIE;
#if defined(M_COUNTFIRST)
  look(); DIE; takeBack(); DIE; passed[me] = 1;
#elif defined(M_COUNTLAST)
  look(); DIE; passed[me] = 1; DIE; takeBack();
#else
  if
  :: holds ->
#ifdef M_HANDLATE
    passed[me] = 1; DIE; hand[me] = 1; DIE;
#else
    hand[me] = 1; DIE; passed[me] = 1; DIE;
#endif
#ifdef M_EARLYLET
    hand[me] = 0; DIE; look()
#else
    look(); DIE; look(); DIE; hand[me] = 0
#endif
  :: else ->
    look(); DIE; look(); DIE; passed[me] = 1
  fi;
#endif
  DIE;
end:
  ended[me] = 1
}

/* Deaths are told once the thread is gone: it takes no step any more. */
proctype Reaper(byte me) {
  (ended[me]);
  if
  :: !alive[me] ->
#if defined(M_COUNTFIRST) || defined(M_COUNTLAST)
    /* All that the dead has left is its position. */
    if :: !passed[me] -> takeBack() :: else fi;
#endif
    sealed[me] = 1
  :: else
  fi
}

#ifdef M_NOSEAL
#define GONE(i) (passed[i])
#else
#define GONE(i) (passed[i] || sealed[i])
#endif
#ifdef M_DEADHANDS
#define HELD(i) (hand[i])
#else
/* The slot's state is loaded on the way to its hands. A slot that is not live holds nothing any more. */
#define HELD(i) (!sealed[i] && hand[i])
#endif

proctype Owner() {
  bit held;
  do
  :: freed -> break
  :: else ->
    held = 0;
#ifdef M_HANDSFIRST
    held = HELD(A); held = held || HELD(B);
#endif
    if
    :: GONE(A) -> skip
    :: else -> goto wait
    fi;
#ifndef M_ONERING
    if
    :: GONE(B) -> skip
    :: else -> goto wait
    fi;
#endif
#if !defined(M_NOHANDS) && !defined(M_HANDSFIRST)
    held = HELD(A);
    held = held || HELD(B);
#endif
    if
    :: !held -> freed = 1
    :: else -> skip
    fi;
wait:
    /* It looks again when something has changed; until then the search need not turn in circles. */
    if
    :: freed
    :: GONE(A) && GONE(B) && !HELD(A) && !HELD(B)
    fi
  od
}

init {
  atomic {
    run Consumer(A, 1);
    run Consumer(B, 0);
    run Reaper(A);
    run Reaper(B);
#if !defined(M_COUNTFIRST) && !defined(M_COUNTLAST)
    run Owner()
#endif
  }
  /* Whoever dies: in the end the body is free, and it is free once. If it never is, this waits for ever, an invalid end. */
  (freed && ended[A] && ended[B])
}
