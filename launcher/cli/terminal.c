/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.c - see terminal.h. */
#include "launcher/cli/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved;
static volatile sig_atomic_t is_raw;

static const int program_errors[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS };

bool terminal_is(void)
{
	return isatty(STDIN_FILENO);
}

struct winsize terminal_size(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size))
		return (struct winsize){ 0 };
	return size;
}

/* tcsetattr() is safe in a handler (signal-safety(7)). SA_RESETHAND: the signal comes again, and ends the process. */
static void on_program_error(int sig)
{
	terminal_restore();
	(void)raise(sig);
}

static void watch_program_errors(void)
{
	static bool done;
	struct sigaction a = { .sa_handler = on_program_error, .sa_flags = (int)SA_RESETHAND | SA_NODEFER };

	for (size_t i = 0; !done && i < ARRAY_LEN(program_errors); i++)
		(void)sigaction(program_errors[i], &a, NULL);
	done = true;
}

static int set(const struct termios *t)
{
	int r;

	/* Not TCSADRAIN: a terminal that was stopped by Ctrl-S would keep us. */
	do
		r = tcsetattr(STDIN_FILENO, TCSANOW, t);
	while (r && errno == EINTR);
	return r;
}

int terminal_raw(struct err *e)
{
	struct termios raw;

	if (is_raw)
		return 0;
	if (tcgetattr(STDIN_FILENO, &saved))
		return err_set(e, ERR_SYSTEM, errno, "terminal");
	raw = saved;
	cfmakeraw(&raw);
	watch_program_errors();
	/* Before, so that a signal in between puts back what is there already. */
	is_raw = 1;
	if (set(&raw)) {
		is_raw = 0;
		return err_set(e, ERR_SYSTEM, errno, "terminal");
	}
	return 0;
}

void terminal_restore(void)
{
	int keep = errno;

	if (is_raw)
		(void)set(&saved);
	is_raw = 0;
	errno = keep;
}

void terminal_stop(void)
{
	struct err ignored;
	bool was_raw = is_raw;

	terminal_restore();
	(void)kill(getpid(), SIGSTOP);
	if (was_raw)
		(void)!terminal_raw(&ignored);
}

void terminal_die(int sig)
{
	sigset_t one;

	terminal_restore();
	(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&one);
	(void)sigaddset(&one, sig);
	(void)raise(sig);
	(void)sigprocmask(SIG_UNBLOCK, &one, NULL);
	_exit(128 + sig);
}

void terminal_warn_if_none(void)
{
	if (!terminal_is())
		fputs("secctr: warning: The input device is not a TTY. The --tty and --interactive flags might not work properly\n",
		      stderr);
}
