/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sanitizer_options.c - linked into the monitor and the archive reader of a SAN=1 build.
 *
 * They give up what the leak check needs at their end (ptrace of themselves, a /proc they may read), and
 * they start with an empty environment, so ASAN_OPTIONS cannot say so. Their leaks are found by the unit
 * tests, which link the same code.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
