/*
 * A ring that keeps the last message alone: src/runtime/ring/producer.ts, replaceLatest; src/runtime/ring/consumer.ts, redeem; Pipe.writeLatest.
 * One step for each atomic operation of theirs and for each plain access of a cell or a body.
 *
 * The producer writes a cell, puts its number into LATEST, and has back what was there: a cell, whose message nobody has
 * taken and which gives way; or nothing, and then it publishes a ticket in the ring. The consumer, which has met a
 * ticket, takes LATEST, reads the cell and then the body, and stores HEAD. The producer frees a body that gave way at once, and one
 * that was taken when HEAD has passed its ticket. Either may die before any of its steps.
 *
 * The ring is two counts: of tickets published, and of those passed. Message N has the body N; a body that was freed reads
 * as 0, and so does a cell that is being written.
 *
 *   -DM_PUTPLAIN     LATEST is loaded and then stored by the producer
 *   -DM_TAKEPLAIN    LATEST is loaded and then cleared by the consumer
 *   -DM_CELLLATE     the cell is written after it was put in
 *   -DM_TWOCELLS     two cells, not three
 *   -DM_TICKETFIRST  the ticket is published before its message is put in
 *   -DM_TICKETSALL   a ticket for each message
 *   -DM_NOTICKET     no ticket if the message before was taken in the meantime
 *   -DM_HEADFIRST    HEAD is stored before the body is read
 *   -DM_FREETAKEN    a body that was taken is freed with the next message
 */

#ifndef MESSAGES
#define MESSAGES 5
#endif

byte latest;             /* number of the cell that was put in, from 1; 0: none */
byte cell[4];            /* the message in each cell; 0 while it is written */
byte tickets, passed;    /* TAIL and HEAD */
bit live[MESSAGES + 1];  /* bodies that are allocated */
byte sent;               /* messages that have been sent for certain */
byte last;               /* the last that was read */
bit stopped;             /* the producer has sent all, or is dead */
bit gone;                /* the consumer is dead */

#ifdef DEATH
#define DIE if :: goto end :: skip fi
#else
#define DIE skip
#endif

proctype Producer() {
  byte number = 1, here = 2, taken = 3, next, before, i;
  byte latestBody;
  byte ticketOf[MESSAGES + 1];  /* up to which HEAD is waited for */
  do
  :: number <= MESSAGES ->
    DIE;
    /* HEAD is loaded: what it has passed is freed. */
    d_step {
      i = 1;
      do
      :: i < number ->
        if
        :: ticketOf[i] != 0 && (passed >= ticketOf[i] || gone) -> live[i] = 0; ticketOf[i] = 0
        :: else
        fi;
        i++
      :: else -> break
      od;
      i = 0
    };
#ifdef M_TWOCELLS
    next = (here == 1 -> 2 : 1);
#else
    next = 6 - here - taken;
#endif
    live[number] = 1;
#ifndef M_CELLLATE
    cell[next] = 0; DIE; cell[next] = number; DIE;
#endif
#ifdef M_TICKETFIRST
    if :: passed == tickets -> tickets++; DIE :: else fi;
#endif
#ifdef M_PUTPLAIN
    before = latest; DIE; latest = next;
#else
    d_step { before = latest; latest = next };
#endif
#ifdef M_CELLLATE
    DIE; cell[next] = 0; DIE; cell[next] = number;
#endif
    if
    :: before != 0 ->
      /* It gave way: nobody has ever seen it. */
      assert(before == here);
      sent = number;
      live[latestBody] = 0;
      ticketOf[number] = ticketOf[latestBody];
      ticketOf[latestBody] = 0;
      latestBody = number;
#ifdef M_TICKETSALL
      DIE; tickets++;
#endif
    :: else ->
      taken = here;
#ifdef M_FREETAKEN
      live[latestBody] = 0; ticketOf[latestBody] = 0;
#endif
      latestBody = number;
      ticketOf[number] = tickets + 1;
      DIE;
#if defined(M_TICKETFIRST)
      sent = number;
#elif defined(M_NOTICKET)
      if :: number == 1 -> tickets++ :: else fi;
      sent = number;
#else
      atomic { tickets++; sent = number };
#endif
    fi;
    here = next;
    number++
  :: else -> break
  od;
end:
  stopped = 1
}

proctype Consumer() {
  byte mine, body, atFirst;
  do
  :: tickets != passed ->
    DIE;
    atFirst = sent;
#ifdef M_TAKEPLAIN
    mine = latest; DIE; latest = 0;
#else
    d_step { mine = latest; latest = 0 };
#endif
    assert(mine != 0);
    DIE;
    body = cell[mine];
    DIE;
    assert(body != 0);
#ifdef M_HEADFIRST
    passed++;
    DIE;
#endif
    assert(live[body]);
    DIE;
    assert(live[body]);
    /* Never an older one than before, nor than was there when it began to read. */
    assert(body > last && body >= atFirst);
    last = body;
    DIE;
#ifndef M_HEADFIRST
    passed++
#endif
  :: tickets == passed && stopped ->
    /* All that was sent for certain has been read, or has given way to what was. */
    assert(last >= sent);
    break
  od;
end:
  gone = 1
}

init {
  atomic { run Producer(); run Consumer() }
}
