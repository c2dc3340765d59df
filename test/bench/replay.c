/* SPDX-License-Identifier: MIT */
/*
 * replay.c - what a real program asked for, again: its threads, its sizes, its
 * order, without the program.
 *
 *   replay FILE [RUNS]         replays FILE, RUNS times, each in a process (1)
 *   replay pack FILE <EVENTS   makes FILE of the output of
 *                              `kvmalloc trace --text`
 *
 * Theory: between two calls nothing is done but touching: both ends of a block
 * are stamped, and of a large one each page, since programs use what they ask
 * for. So what is measured is the allocator alone, on sizes and lifetimes that
 * nobody made up.
 *
 * Threads: each event is done by the thread that did it. A block that only
 * one thread had to do with is that thread's own; for one that several had to
 * do with, the next one waits for its turn. A thread starts when the event
 * before its first one has been done. None runs ahead of the others by more
 * than AHEAD epochs of EPOCH events of the trace, so that queues are as long as
 * they were.
 *
 * The file is a stream of bytes for each thread, read in small pieces: it does
 * not count as memory of the program. It is of use on the machine that made
 * it.
 */
#include <errno.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "bench.h"

enum {
	EPOCH = 2048,
	AHEAD = 2,
	THREADS = 1024,
	BUFFER = 16 << 10,
	LONGEST = 64, /* bytes of an operation, at most */
	SHARED = 16,  /* added to an operation on a block of several threads */
};

enum op { END, MALLOC, CALLOC, ALIGNED, RESIZE, FREE, SPAWN, NEXT_EPOCH };

struct head {
	uint64_t nr_threads, nr_own, nr_shared, nr_epochs;
	uint64_t players; /* where it says how many threads have something to
			     do in each epoch: nr_epochs times 32 bits */
	struct {
		uint64_t offset, length, own; /* in the file; of its blocks */
	} thread[THREADS];
};

/* ---- making the file ---- */

struct event {
	enum op op;
	uint32_t thread, block;
	uint64_t size, align;
};

struct made { /* a block */
	uint32_t slot, turn;
	uint32_t thread; /* the first one to have it */
	int shared;
};

struct stream { /* a thread's */
	unsigned char *byte;
	size_t nr, room;
	uint32_t *freed; /* slots to be used again */
	size_t nr_freed, room_freed;
	uint64_t nr_slots, epoch;
	int started;
};

static struct {
	struct event *event;
	size_t nr, room;
	struct made *block;
	size_t nr_blocks;
	uint32_t nr_threads;
	uint32_t *players; /* by epoch: threads with something to do */
	struct stream stream[THREADS];
	struct head head;
} pack;

static void *grown(void *p, size_t *room, size_t size)
{
	*room = *room ? 2 * *room : 1024;
	return must(realloc(p, *room * size));
}

static _Noreturn void bad(const char *line)
{
	fprintf(stderr, "replay pack: not an event of kvmalloc trace: %s",
		line);
	exit(EXIT_USAGE);
}

static int parse(char *line, struct event *e)
{
	static const char *const names[] = { [MALLOC] = "malloc",
					     [CALLOC] = "calloc",
					     [FREE] = "free",
					     [ALIGNED] = "aligned",
					     [RESIZE] = "realloc" };
	char call[16], a[32] = "", b[32] = "";
	unsigned long long number, block = 0;
	int n = 0;

	*e = (struct event){ .op = END };
	if (sscanf(line, "%llu %u %15s %31s %31s%n", &number, &e->thread, call,
		   a, b, &n) < 4)
		bad(line);
	for (size_t i = 0; i < NELEM(names); i++)
		if (names[i] && !strcmp(call, names[i]))
			e->op = (enum op)i;
	/* what failed, and what no trace saw, is left out */
	if (e->op == END || !strncmp(a, "0x", 2))
		return 0;
	if (e->op == FREE || e->op == RESIZE)
		block = strtoull(a, NULL, 10);
	else if (!strchr(line, '=') ||
		 sscanf(strchr(line, '='), "= %llu", &block) != 1)
		bad(line);
	if (e->op != FREE)
		e->size = strtoull(e->op == ALIGNED || e->op == RESIZE ? b : a,
				   NULL, 10);
	if (e->op == ALIGNED)
		e->align = strtoull(a, NULL, 10);
	if (!block || block > UINT32_MAX || !e->thread || e->thread > THREADS ||
	    (e->align & (e->align - 1)))
		bad(line);
	e->block = (uint32_t)block;
	e->thread--;
	return 1;
}

static void read_events(void)
{
	char *line = NULL;
	size_t length = 0, room = 0;
	struct event e;

	while (getline(&line, &length, stdin) > 0) {
		if (!parse(line, &e))
			continue;
		if (pack.nr == pack.room)
			pack.event = grown(pack.event, &pack.room,
					   sizeof(*pack.event));
		pack.event[pack.nr++] = e;
		while (e.block >= room) {
			pack.block =
				grown(pack.block, &room, sizeof(*pack.block));
			memset(pack.block + pack.nr_blocks, 0,
			       (room - pack.nr_blocks) * sizeof(*pack.block));
			pack.nr_blocks = room;
		}
		if (e.thread >= pack.nr_threads)
			pack.nr_threads = e.thread + 1;
	}
	free(line);
}

static void put(struct stream *s, uint64_t v)
{
	if (s->nr + LONGEST > s->room)
		s->byte = grown(s->byte, &s->room, 1);
	for (; v >= 0x80; v >>= 7)
		s->byte[s->nr++] = (unsigned char)(v | 0x80);
	s->byte[s->nr++] = (unsigned char)v;
}

/* Which blocks several threads have to do with. */
static void find_shared(void)
{
	for (size_t i = 0; i < pack.nr; i++) {
		const struct event *e = &pack.event[i];
		struct made *b = &pack.block[e->block];

		if (e->op == RESIZE || e->op == FREE)
			b->shared |= b->thread != e->thread;
		else
			b->thread = e->thread;
	}
}

static void take_slot(struct stream *s, struct made *b)
{
	if (b->shared)
		b->slot = (uint32_t)pack.head.nr_shared++;
	else if (s->nr_freed)
		b->slot = s->freed[--s->nr_freed];
	else
		b->slot = (uint32_t)s->nr_slots++;
}

static void leave_slot(struct stream *s, const struct made *b)
{
	if (b->shared)
		return;
	if (s->nr_freed == s->room_freed)
		s->freed = grown(s->freed, &s->room_freed, sizeof(*s->freed));
	s->freed[s->nr_freed++] = b->slot;
}

static void write_event(struct stream *s, const struct event *e)
{
	struct made *b = &pack.block[e->block];

	if (e->op != FREE && e->op != RESIZE)
		take_slot(s, b);
	put(s, e->op + (b->shared ? SHARED : 0u));
	put(s, b->slot);
	if (b->shared)
		put(s, b->turn++);
	if (e->op != FREE)
		put(s, e->size);
	if (e->op == ALIGNED)
		put(s, e->align);
	if (e->op == FREE)
		leave_slot(s, b);
}

static void write_streams(void)
{
	uint32_t before = 0;

	pack.head.nr_epochs = pack.nr / EPOCH + 2;
	pack.players = must(calloc(pack.head.nr_epochs, sizeof(uint32_t)));
	pack.stream[0].started = 1;
	for (size_t i = 0; i < pack.nr; i++) {
		const struct event *e = &pack.event[i];
		struct stream *s = &pack.stream[e->thread];

		if (!s->started) {
			put(&pack.stream[before], SPAWN);
			put(&pack.stream[before], e->thread);
			s->started = 1;
		}
		if (i / EPOCH + 1 != s->epoch) {
			put(s, NEXT_EPOCH);
			put(s, s->epoch = i / EPOCH + 1);
			pack.players[s->epoch]++;
		}
		write_event(s, e);
		before = e->thread;
	}
}

static int make(const char *path)
{
	FILE *f = fopen(path, "w");
	uint64_t offset = sizeof(pack.head);

	read_events();
	find_shared();
	write_streams();
	pack.head.nr_threads = pack.nr_threads;
	for (uint32_t i = 0; i < pack.nr_threads; i++) {
		put(&pack.stream[i], END);
		pack.head.thread[i].offset = offset;
		pack.head.thread[i].length = pack.stream[i].nr;
		pack.head.thread[i].own = pack.head.nr_own;
		pack.head.nr_own += pack.stream[i].nr_slots;
		offset += pack.stream[i].nr;
	}
	pack.head.players = offset;
	if (!f || fwrite(&pack.head, sizeof(pack.head), 1, f) != 1) {
		perror(path);
		return 1;
	}
	for (uint32_t i = 0; i < pack.nr_threads; i++)
		fwrite(pack.stream[i].byte, 1, pack.stream[i].nr, f);
	fwrite(pack.players, sizeof(uint32_t), pack.head.nr_epochs, f);
	if (fclose(f)) {
		perror(path);
		return 1;
	}
	printf("%zu events, %u threads, %" PRIu64 " blocks of several\n",
	       pack.nr, pack.nr_threads, pack.head.nr_shared);
	return 0;
}

/* ---- replaying it ---- */

struct live {
	char *mem;
	size_t size;
};

struct traded {
	struct live b;
	_Atomic uint32_t turn;
};

struct player {
	pthread_t thread;
	unsigned id;
	_Atomic int started;
	int fd;
	uint64_t at, left; /* of its stream, not yet read */
	uint64_t epoch, sum;
	size_t pos, filled;
	unsigned char buffer[BUFFER];
};

static struct {
	struct head *head;
	struct live *own;
	struct traded *traded;
	_Atomic uint32_t *players_in; /* by epoch: not yet through with it */
	_Atomic uint64_t complete;    /* epochs that all are through with */
	struct player *player;
	int fd;
} game;

/* From the system: the allocator is not to serve its judge. */
static void *pages(size_t size)
{
	void *p = mmap(NULL, size + 1, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		wrong("out of memory for the replay itself");
	return p;
}

static void fill(struct player *p)
{
	size_t rest = p->filled - p->pos, more = BUFFER - rest;
	ssize_t n;

	memmove(p->buffer, p->buffer + p->pos, rest);
	if (more > p->left)
		more = p->left;
	n = pread(p->fd, p->buffer + rest, more, (off_t)p->at);
	if (n != (ssize_t)more)
		wrong("the file of the replay is not whole");
	p->at += more;
	p->left -= more;
	p->pos = 0;
	p->filled = rest + more;
}

static inline uint64_t get(struct player *p)
{
	uint64_t v = p->buffer[p->pos++];

	if (v < 0x80)
		return v;
	v &= 0x7f;
	for (unsigned shift = 7;; shift += 7) {
		uint64_t byte = p->buffer[p->pos++];

		v |= (byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
}

static inline void pause_a_while(unsigned *tries)
{
	if (++*tries % 64 == 0)
		sched_yield();
}

static inline uint32_t tag_of(const struct live *b, size_t size)
{
	return (uint32_t)((uintptr_t)b >> 3) * 2654435761u ^ (uint32_t)size;
}

/* Uses the block, from @from on: its pages, then its ends. */
static inline void use(struct live *b, char *mem, size_t size, size_t from)
{
	b->mem = mem;
	b->size = size;
	for (size_t i = from; i + PAGE < size; i += PAGE)
		mem[i] = (char)i;
	if (size >= MIN_BLOCK)
		stamp(mem, size, tag_of(b, size));
	else if (size)
		*mem = (char)tag_of(b, size);
}

static inline void check(const struct live *b)
{
	uint32_t tag = tag_of(b, b->size);

	if (b->size >= MIN_BLOCK)
		check_stamp(b->mem, b->size, tag);
	else if (b->size && *b->mem != (char)tag)
		wrong("a live block was overwritten");
}

static inline void check_zero(const char *mem, size_t size)
{
	for (size_t i = 0; i < size; i += i + 64 < size ? 64 : 1)
		if (mem[i])
			wrong("calloc() memory is not zero");
}

static inline void resize(struct live *b, size_t size)
{
	size_t keep = b->size < size ? b->size : size;
	uint32_t tag = tag_of(b, b->size), head = 0;
	char *mem;

	check(b);
	mem = must(realloc(b->mem, size ? size : 1));
	if (keep >= MIN_BLOCK) {
		memcpy(&head, mem, sizeof(head));
		if (head != tag)
			wrong("realloc() lost what was in the block");
	}
	use(b, mem, size, keep);
}

static inline void perform(struct player *p, enum op op, struct live *b)
{
	size_t size = op == FREE ? b->size : get(p);
	char *mem;

	p->sum += size * (unsigned)op;
	switch (op) {
	case MALLOC:
		use(b, must(malloc(size)), size, 0);
		break;
	case CALLOC:
		mem = must(calloc(1, size));
		check_zero(mem, size);
		use(b, mem, size, 0);
		break;
	case ALIGNED:
		if (posix_memalign((void **)&mem, get(p), size))
			wrong("out of memory");
		use(b, mem, size, 0);
		break;
	case RESIZE:
		resize(b, size);
		break;
	default:
		check(b);
		free(b->mem);
		b->mem = NULL;
	}
}

static void perform_shared(struct player *p, enum op op)
{
	struct traded *t = &game.traded[get(p)];
	uint32_t turn = (uint32_t)get(p);
	unsigned tries = 0;

	/* pairs with the release below: the other one is done */
	while (atomic_load_explicit(&t->turn, memory_order_acquire) != turn)
		pause_a_while(&tries);
	perform(p, op, &t->b);
	atomic_store_explicit(&t->turn, turn + 1, memory_order_release);
}

/* Through with an epoch: so are all, perhaps, and with more of them. */
static void leave_epoch(uint64_t epoch)
{
	uint64_t e;

	if (!epoch)
		return;
	atomic_fetch_sub(&game.players_in[epoch], 1);
	e = atomic_load(&game.complete);
	while (e + 1 < game.head->nr_epochs &&
	       !atomic_load(&game.players_in[e + 1]))
		if (atomic_compare_exchange_weak(&game.complete, &e, e + 1))
			e++;
}

static void enter_epoch(struct player *p, uint64_t epoch)
{
	unsigned tries = 0;

	leave_epoch(p->epoch);
	p->epoch = epoch;
	while (atomic_load(&game.complete) + AHEAD < epoch)
		pause_a_while(&tries);
}

static void *play(void *arg);

static void spawn(unsigned id)
{
	struct player *p = &game.player[id];

	if (pthread_create(&p->thread, NULL, play, p))
		wrong("cannot create a thread");
	atomic_store(&p->started, 1);
}

static void *play(void *arg)
{
	struct player *p = arg;
	struct live *own = game.own + game.head->thread[p->id].own;

	for (;;) {
		unsigned op;

		if (p->filled - p->pos < LONGEST && p->left)
			fill(p);
		op = (unsigned)get(p);
		if (op >= SHARED)
			perform_shared(p, op - SHARED);
		else if (op == SPAWN)
			spawn((unsigned)get(p));
		else if (op == NEXT_EPOCH)
			enter_epoch(p, get(p));
		else if (op == END)
			break;
		else
			perform(p, op, &own[get(p)]);
	}
	leave_epoch(p->epoch);
	return NULL;
}

static void set_players(void)
{
	for (unsigned i = 0; i < game.head->nr_threads; i++) {
		struct player *p = &game.player[i];

		p->id = i;
		p->fd = game.fd;
		p->at = game.head->thread[i].offset;
		p->left = game.head->thread[i].length;
	}
}

/* What the program never freed is left to the system, as it was by it. */
static void check_rest(void)
{
	for (uint64_t i = 0; i < game.head->nr_own; i++)
		if (game.own[i].mem)
			check(&game.own[i]);
	for (uint64_t i = 0; i < game.head->nr_shared; i++)
		if (game.traded[i].b.mem)
			check(&game.traded[i].b);
}

static uint64_t play_all(void)
{
	uint64_t sum = 0;

	play(&game.player[0]);
	for (unsigned i = 1; i < game.head->nr_threads; i++) {
		struct player *p = &game.player[i];
		unsigned tries = 0;

		while (!atomic_load(&p->started))
			pause_a_while(&tries);
		pthread_join(p->thread, NULL);
	}
	for (unsigned i = 0; i < game.head->nr_threads; i++)
		sum += game.player[i].sum;
	check_rest();
	return sum;
}

static void open_game(const char *path)
{
	struct head *head = pages(sizeof(*head));
	size_t size;

	game.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (game.fd < 0 ||
	    pread(game.fd, head, sizeof(*head), 0) != sizeof(*head))
		wrong("cannot read the file of the replay");
	game.head = head;
	game.own = pages(head->nr_own * sizeof(*game.own));
	game.traded = pages(head->nr_shared * sizeof(*game.traded));
	game.player = pages(head->nr_threads * sizeof(*game.player));
	size = head->nr_epochs * sizeof(*game.players_in);
	game.players_in = pages(size);
	if (pread(game.fd, game.players_in, size, (off_t)head->players) !=
	    (ssize_t)size)
		wrong("the file of the replay is not whole");
	set_players();
}

/* A run is a process: nothing of the one before is left. */
static int replay(const char *path, size_t runs)
{
	int status;

	open_game(path);
	for (; runs > 1; runs--) {
		pid_t pid = fork();

		if (!pid) {
			play_all();
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			wrong("cannot start a process");
		if (status)
			exit(WIFEXITED(status) ? WEXITSTATUS(status) :
						 EXIT_WRONG);
	}
	return finish(play_all());
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "pack"))
		return make(argv[2]);
	if (argc != 2 && argc != 3)
		usage("FILE [RUNS], or pack FILE");
	return replay(argv[1],
		      scaled(argc > 2 ? strtoul(argv[2], NULL, 10) : 1));
}
