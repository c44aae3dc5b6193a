/*
 * A ring: one producer, one consumer, segments that grow by linking (src/runtime/ring).
 *
 * Positions count units of a message instead of bytes, are kept in 8 bits and start just below the
 * wrap. Each access to a shared word or cell is a step. A segment is never used again once it is
 * freed, so touching a freed one is an error. Messages have one or two units and are published whole.
 *
 * Mutants: M_FREEATEND, M_TAILFIRST, M_LINKFIRST, M_ENDLATE, M_LINKLATE, M_NOCARRY.
 */
#ifndef MESSAGES
#define MESSAGES 5
#endif
#define SEGMENTS 6
#define START 253
#define CELLS 4 /* capacity of the largest segment */
#define NONE SEGMENTS

#define DISTANCE(a, b) (((a) - (b)) & 255)
#define BEYOND(a, b) (DISTANCE(a, b) != 0 && DISTANCE(a, b) < 128)
#define CELL(s, position) cell[(s) * CELLS + ((position) & (capacity[s] - 1))]
/* Never 0, which is what a fresh cell holds. */
#define STAMP(position) (((position) + 50) & 255)

byte TAIL = START;
byte HEAD = START;
byte FIRST = NONE;
byte capacity[SEGMENTS];
byte END[SEGMENTS];
byte NEXT[SEGMENTS];
bool freed[SEGMENTS];
byte cell[SEGMENTS * CELLS];
bool ended;

proctype Producer() {
  byte messages, length, written;
  byte tail = START, write = START, headSeen = START, start = START;
  byte segment = NONE, fresh, made, old, position, seen;
  byte retired; /* segments are freed in the order of their numbers */

  do
  :: messages < MESSAGES ->
    if :: length = 1 :: length = 2 fi;
    written = 0;
    do
    :: written < length ->
      /* reserve */
      do
      :: segment != NONE && DISTANCE(write + 1, (BEYOND(headSeen, start) -> headSeen : start)) <= capacity[segment] ->
        break
      :: else ->
        /* observeHead */
        seen = HEAD;
        headSeen = seen;
        do
#ifdef M_FREEATEND
        :: retired < made && retired != segment && !BEYOND(END[retired], headSeen) ->
#else
        :: retired < made && retired != segment && BEYOND(headSeen, END[retired]) ->
#endif
          freed[retired] = true;
          retired++
        :: else -> break
        od;
        if
        :: segment != NONE && DISTANCE(write + 1, (BEYOND(headSeen, start) -> headSeen : start)) <= capacity[segment] ->
          break
        :: else
        fi;
        if
        :: made < SEGMENTS ->
          /* grow */
          d_step {
            fresh = made;
            made++;
            capacity[fresh] = (segment == NONE -> 1 : (capacity[segment] < CELLS -> capacity[segment] * 2 : CELLS));
            if :: capacity[fresh] < DISTANCE(write + 1, tail) -> capacity[fresh] = 2 :: else fi;
            NEXT[fresh] = NONE
          };
#ifndef M_NOCARRY
          position = tail;
          do
          :: position != write -> CELL(fresh, position) = CELL(segment, position); position = (position + 1) & 255
          :: else -> break
          od;
#endif
          /* link */
          if
          :: segment == NONE -> FIRST = fresh
          :: else ->
#if defined(M_ENDLATE)
            NEXT[segment] = fresh;
            END[segment] = tail
#elif defined(M_LINKLATE)
            END[segment] = tail; old = segment
#else
            END[segment] = tail;
            NEXT[segment] = fresh
#endif
          fi;
          segment = fresh;
          start = tail
        :: made == SEGMENTS || (segment != NONE && headSeen != tail) ->
          /* It may grow no further: it waits for room, which comes if the consumer has not read all. */
          if
          :: headSeen == tail -> goto done /* the arena is exhausted: ENOMEM */
          :: else -> (HEAD != headSeen)
          fi
        fi
      od;
#ifdef M_TAILFIRST
      if :: written + 1 == length -> TAIL = (write + 1) & 255 :: else fi;
#endif
      assert(!freed[segment]);
      CELL(segment, write) = STAMP(write);
      write = (write + 1) & 255;
      written++
    :: else -> break
    od;
    tail = write;
    TAIL = tail;
#ifdef M_LINKLATE
    if :: segment != NONE && segment != old && old < segment && NEXT[old] == NONE -> NEXT[old] = segment :: else fi;
#endif
    messages++
  :: else -> break
  od;
done:
  ended = true
}

proctype Consumer() {
  byte head = START, limit = START, tailSeen = START, released = START;
  byte segment = NONE, next = NONE, end, stamp;

  do
  :: true ->
    if
    :: head != limit
    :: head == limit ->
      /* advance */
      if
      :: tailSeen == head ->
#ifdef M_LINKFIRST
        if :: segment != NONE -> assert(!freed[segment]); next = NEXT[segment] :: else fi;
        tailSeen = TAIL;
        if :: tailSeen == head -> goto nothing :: else fi;
        if
        :: segment == NONE -> segment = FIRST; goto observe
        :: else -> limit = tailSeen; if :: next != NONE -> goto observeEnd :: else goto observed fi
        fi;
#else
        tailSeen = TAIL;
        if :: tailSeen == head -> goto nothing :: else fi;
        if :: segment == NONE -> segment = FIRST :: else fi;
#endif
        goto observe
      :: else
      fi;
    enter:
      if
      :: limit == head -> segment = next
      :: else -> goto entered
      fi;
    observe:
      assert(segment != NONE);
      assert(!freed[segment]);
      next = NEXT[segment];
      limit = tailSeen;
      if
      :: next != NONE ->
    observeEnd:
        assert(!freed[segment]);
        end = END[segment];
        if :: BEYOND(tailSeen, end) -> limit = end :: else fi
      :: else
      fi;
    observed:
      goto enter;
    entered:
      skip
    fi;
    /* read one unit */
    assert(!freed[segment]);
    stamp = CELL(segment, head);
    assert(stamp == STAMP(head));
    head = (head + 1) & 255;
    /* It need not give back at once. */
    if
    :: released = head; HEAD = released
    :: true
    fi;
    goto again;
  nothing:
    if
    :: released != head -> released = head; HEAD = released
    :: else
    fi;
    /* Asleep until there is news; asleep for good when the producer is done and all is read. */
    if
    :: TAIL != head
    :: ended && TAIL == head -> break
    fi;
  again:
    skip
  od
}

init { atomic { run Producer(); run Consumer() } }
