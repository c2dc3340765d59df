/* SPDX-License-Identifier: MIT */
/*
 * cmd_run.c - `kvmalloc run`: a program with the library, and its report.
 *
 * Theory: the program gets two variables and nothing else of it is touched.
 * Every process below it inherits them and writes a file of its own into one
 * directory, private and temporary unless -o names one, so the report of the
 * whole tree is what lies there when the program has ended.
 *
 * Signals: as with time(1) the terminal's INT and QUIT are the program's
 * alone; TERM and HUP sent to us are passed on. The program starts with the
 * dispositions and the mask that we were started with: it is made before ours
 * change, with all of them blocked in between. PIPE and XFSZ are ignored
 * afterwards, so that a report that cannot be written is an error of write().
 *
 * The options of the library come from the KVMALLOC variable, then from the
 * command line, and are checked before the program starts.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload.h"
#include "run.h"

enum { KEY_NO_REPORT = KEY_LONG + 1, KEY_REPORT_FILE, KEY_NO_STACKS };

static const struct cmd_option options[] = {
	{ "output", 'o', "DIR",
	  "keep the report files in DIR (made if missing)" },
	{ "report-file", KEY_REPORT_FILE, "FILE",
	  "the text report into FILE instead of standard error" },
	{ "no-report", KEY_NO_REPORT, NULL,
	  "only run with the library: no files, no report" },
	{ "no-stacks", KEY_NO_STACKS, NULL,
	  "record no call stacks (default: --stacks, where a report is made)" },
	{ "quiet", 'q', NULL, "no text report" },
	REPORT_CMD_OPTIONS,
	{ 0 },
};

/* ---- before ----------------------------------------------------------- */

/* -o DIR, or report=DIR of the variable: made absolute for the program */
static bool choose_dir(struct run *r)
{
	const char *name = r->set.value[KV_OPT_report];

	if (!name)
		name = ".";
	if (mkdir(name, 0777) && errno != EEXIST) {
		complain("%s: cannot make this directory: %s", name,
			 strerror(errno));
		return false;
	}
	if (!realpath(name, r->dir) || access(r->dir, W_OK | X_OK)) {
		complain("%s: cannot write into it: %s", name, strerror(errno));
		return false;
	}
	return opt_assign(&r->set, KV_OPT_report, r->dir, "-o");
}

static bool make_dir(struct run *r)
{
	const char *tmp = getenv("TMPDIR");
	char real[PATH_MAX];

	/* the variable separates its words by blanks and commas */
	if (!tmp || !*tmp || !realpath(tmp, real) || !opt_plain(real))
		tmp = "/tmp";
	else
		tmp = real;
	if (snprintf(r->dir, sizeof(r->dir), "%s/kvmalloc.XXXXXX", tmp) >=
		    (int)sizeof(r->dir) ||
	    !mkdtemp(r->dir)) {
		complain("cannot make a directory in %s: %s", tmp,
			 strerror(errno));
		return false;
	}
	r->temporary = true;
	return opt_assign(&r->set, KV_OPT_report, r->dir, "TMPDIR");
}

static bool prepare_dir(struct run *r)
{
	if (r->no_report) {
		r->set.given[KV_OPT_report] = false;
		return true;
	}
	return r->set.given[KV_OPT_report] ? choose_dir(r) : make_dir(r);
}

/* the absolute path of FILE, which is not there yet; to be freed, or NULL */
static char *new_file(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;
	char *dir = xasprintf("%.*s", slash ? (int)(slash + 1 - name) : 1,
			      slash ? name : ".");
	char real[PATH_MAX], *path = NULL;

	if (!*base || !realpath(dir, real))
		complain("--trace=%s: no such directory", name);
	else
		path = xasprintf("%s%s%s", real, real[1] ? "/" : "", base);
	free(dir);
	return path;
}

/* for processes that are somewhere else: an absolute path */
static bool prepare_trace(struct run *r)
{
	const char *name = r->set.value[KV_OPT_trace];
	char real[PATH_MAX], *path;
	struct stat st;
	bool ok;

	if (!r->set.given[KV_OPT_trace])
		return true;
	if (!name)
		name = ".";
	if (realpath(name, real) && !stat(real, &st)) {
		if (S_ISDIR(st.st_mode))
			return opt_assign(&r->set, KV_OPT_trace, real,
					  "--trace");
		complain("--trace=%s: there is a file of this name", name);
		return false;
	}
	path = new_file(name);
	ok = path && opt_assign(&r->set, KV_OPT_trace, path, "--trace");
	free(path);
	return ok;
}

static bool wants(const struct run *r, enum kv_option id)
{
	const char *value = r->set.value[id];

	return r->set.given[id] && (!value || strcmp(value, "0") != 0);
}

/* call stacks are recorded unless somebody said something else */
static bool prepare_stacks(struct run *r)
{
	if (r->set.given[KV_OPT_trace] && wants(r, KV_OPT_stacks) &&
	    !r->no_stacks) {
		complain("--trace and --stacks: one at a time");
		return false;
	}
	if (r->set.given[KV_OPT_trace])
		return true;
	if (r->no_stacks)
		return opt_assign(&r->set, KV_OPT_stacks, "0", "--no-stacks");
	if (r->no_report || r->set.given[KV_OPT_stacks])
		return true;
	return opt_assign(&r->set, KV_OPT_stacks, NULL, "--stacks");
}

static void set_environment(const struct run *r)
{
	const char *old = getenv("LD_PRELOAD");
	char *text;

	text = old && *old ? xasprintf("%s:%s", r->library, old) :
			     xasprintf("%s", r->library);
	setenv("LD_PRELOAD", text, 1);
	free(text);
	text = opt_format(&r->set);
	setenv("KVMALLOC", text, 1);
	free(text);
}

/* who is the first process of which run: the library tells by that */
static void set_run(const struct run *r)
{
	char *text = xasprintf("%llu:%d", (unsigned long long)r->id,
			       (int)getpid());

	setenv("KVMALLOC_RUN", text, 1);
	free(text);
}

/* ---- the program ------------------------------------------------------ */

static volatile sig_atomic_t forward_to; /* pid, 0 = nobody */

static void forward(int sig)
{
	int saved = errno;

	if (forward_to)
		kill((pid_t)forward_to, sig);
	errno = saved;
}

static const int own_signals[] = { SIGINT, SIGQUIT, SIGTERM,
				   SIGHUP, SIGPIPE, SIGXFSZ };

static void block_signals(sigset_t *old)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(own_signals); i++)
		sigaddset(&set, own_signals[i]);
	sigprocmask(SIG_BLOCK, &set, old);
}

static void catch_signals(void)
{
	struct sigaction sa, old;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(own_signals); i++) {
		int sig = own_signals[i];

		sigaction(sig, NULL, &old);
		if (old.sa_handler == SIG_IGN)
			continue; /* as with nohup */
		memset(&sa, 0, sizeof(sa));
		sa.sa_handler =
			sig == SIGTERM || sig == SIGHUP ? forward : SIG_IGN;
		sigaction(sig, &sa, NULL);
	}
}

/*
 * Becomes the program; returns an errno value if it cannot. A text file
 * without #! is the shell's, as ever.
 */
static int become(struct run *r, const sigset_t *mask)
{
	static char shell[] = "/bin/sh";
	char **argv;
	size_t n;

	set_run(r);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execv(r->program, r->argv);
	if (errno != ENOEXEC)
		return errno;
	for (n = 0; r->argv[n]; n++)
		;
	argv = xcalloc(n + 2, sizeof(*argv));
	argv[0] = shell;
	argv[1] = r->program;
	memcpy(argv + 2, r->argv + 1, n * sizeof(*argv));
	execv(shell, argv);
	return errno;
}

/*
 * 0 or an errno value, told through a pipe that a successful exec closes.
 * Not posix_spawn(): glibc's leaves signals 32 and 33 ignored.
 */
static int spawn(struct run *r, const sigset_t *mask)
{
	int fd[2], err = 0;

	if (pipe2(fd, O_CLOEXEC))
		return errno;
	r->start_ns = monotonic_ns();
	r->pid = fork();
	if (!r->pid) {
		err = become(r, mask);
		while (write(fd[1], &err, sizeof(err)) < 0 && errno == EINTR)
			;
		_exit(127);
	}
	if (r->pid < 0)
		err = errno;
	close(fd[1]);
	if (r->pid > 0 && read(fd[0], &err, sizeof(err)) > 0)
		waitpid(r->pid, NULL, 0);
	close(fd[0]);
	return err;
}

/* waits without reaping: the pid stays the program's until it is forgotten */
static void wait_for(struct run *r)
{
	struct rusage usage = { 0 };
	siginfo_t info;
	sigset_t old;

	while (waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOWAIT) &&
	       errno == EINTR)
		;
	block_signals(&old);
	forward_to = 0;
	sigprocmask(SIG_SETMASK, &old, NULL);
	while (wait4(r->pid, &r->end.wait_status, 0, &usage) < 0 &&
	       errno == EINTR)
		;
	r->end.wall_ns = monotonic_ns() - r->start_ns;
	r->end.max_rss = (uint64_t)usage.ru_maxrss * 1024;
}

/* 0, or the exit status of a program that did not start */
static int execute(struct run *r)
{
	sigset_t mask;
	int err;

	block_signals(&mask);
	err = spawn(r, &mask);
	if (!err) {
		forward_to = r->pid;
		catch_signals();
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (err) {
		complain("%s: cannot run it: %s", r->program, strerror(err));
		return err == ENOENT ? 127 : 126;
	}
	wait_for(r);
	return 0;
}

static int exit_status(const struct run *r, bool ok)
{
	int status = r->end.wait_status;

	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status) || ok ? WEXITSTATUS(status) : STATUS_FAIL;
}

static int start(struct run *r)
{
	FILE *f = NULL;
	int status;
	bool ok;

	if (!preload_library(r->library))
		return STATUS_FAIL;
	status = preload_program(r->argv[0], r->program);
	if (status)
		return status;
	if (r->report_file && !r->no_report) {
		f = fopen(r->report_file, "we");
		if (!f) {
			complain("%s: %s", r->report_file, strerror(errno));
			return STATUS_FAIL;
		}
	}
	if (!prepare_trace(r) || !prepare_dir(r) || !prepare_stacks(r))
		return STATUS_FAIL;
	/* no two runs of a machine begin at one moment in one process */
	r->id = (monotonic_ns() << 16 | ((uint64_t)getpid() & 0xffff)) + 1;
	set_environment(r);
	status = execute(r);
	if (status) {
		if (!r->no_report)
			run_leave_dir(r, NULL);
		return status;
	}
	ok = r->no_report || run_report(r, f);
	return exit_status(r, ok);
}

static bool library_option(struct run *r, enum kv_option id, const char *name,
			   const char *value)
{
	char *label = name ? xasprintf("%s", name) :
			     xasprintf("--%s", opt_info[id].name);
	bool ok = opt_assign(&r->set, id, value, label);

	free(label);
	return ok;
}

/* -1: all understood; else the exit status */
static int parse(struct run *r, int argc, char **argv)
{
	const char *given = getenv("KVMALLOC");
	struct cmd_parser parser;
	int key, status;

	if (given && !opt_parse(&r->set, given))
		return STATUS_USAGE;
	cmd_parser_init(&parser, &cmd_run);
	while ((key = cmd_next(&parser, &cmd_run, argc, argv, &status)) != -1) {
		bool ok = true;

		if (key == 'q')
			r->quiet = true;
		else if (key == KEY_NO_REPORT)
			r->no_report = true;
		else if (key == KEY_NO_STACKS)
			r->no_stacks = true;
		else if (key == KEY_REPORT_FILE)
			r->report_file = optarg;
		else if (key == 'o')
			ok = library_option(r, KV_OPT_report, "-o", optarg);
		else if (key >= KEY_LIBRARY)
			ok = library_option(r,
					    (enum kv_option)(key - KEY_LIBRARY),
					    NULL, optarg);
		else
			ok = report_option(&r->report, key, optarg) >= 0;
		if (!ok)
			return STATUS_USAGE;
	}
	if (status >= 0)
		return status;
	r->argv = argv + optind;
	if (!*r->argv)
		return usage_error("no PROGRAM given");
	return -1;
}

static int run(int argc, char **argv)
{
	static struct run r = { .report = REPORT_OPTIONS_INIT };
	int status = parse(&r, argc, argv);

	if (status < 0)
		status = start(&r);
	opt_free(&r.set);
	return status;
}

const struct command cmd_run = {
	.name = "run",
	.args = "[--] PROGRAM [ARGUMENTS]",
	.help = "run a program with the library; report at its end",
	.text = "Processes that PROGRAM starts are included. The exit status "
		"is the program's, 128 + N when signal N ended it, 127 when "
		"it was not found and 126 when it could not be run.",
	.options = options,
	.takes_library = true,
	.stops_early = true,
	.run = run,
};
