/* SPDX-License-Identifier: Apache-2.0 */
/* when.c - see when.h. */
#include "launcher/cli/when.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

enum { YEAR_MIN = 1970, YEAR_MAX = 9999 };

static const int64_t SECOND = 1000000, SPAN_MAX = INT64_C(100) * 366 * 86400 * 1000000;

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ".25" at *at to microseconds; digits beyond the sixth are dropped. */
static int64_t fraction(const char **at)
{
	int64_t value = 0, unit = SECOND;

	if (**at != '.' || !is_digit((*at)[1]))
		return 0;
	for ((*at)++; is_digit(**at); (*at)++) {
		unit /= 10;
		value += unit * (**at - '0');
	}
	return value;
}

/* At most 15 digits: no overflow below. -1: none, or more. */
static int64_t whole(const char **at)
{
	int64_t value = 0;
	const char *from = *at;

	for (; is_digit(**at) && *at - from < 16; (*at)++)
		value = value * 10 + (**at - '0');
	return *at == from || *at - from == 16 ? -1 : value;
}

/* "1h30m": each part is a number and its unit. */
static bool read_span(const char *text, int64_t *ret)
{
	static const struct {
		const char *word;
		int64_t factor;
	} units[] = { { "ms", 1000 }, { "us", 1 }, { "h", INT64_C(3600000000) }, { "m", 60000000 }, { "s", 1000000 } };
	int64_t all = 0;

	if (!*text)
		return false;
	while (*text) {
		int64_t n = whole(&text), part, micro = fraction(&text);
		size_t u = 0;

		while (u < ARRAY_LEN(units) && strncmp(text, units[u].word, strlen(units[u].word)) != 0)
			u++;
		if (n < 0 || u == ARRAY_LEN(units) || n > SPAN_MAX / units[u].factor)
			return false;
		part = n * units[u].factor + micro * units[u].factor / SECOND;
		all += part;
		if (all > SPAN_MAX)
			return false;
		text += strlen(units[u].word);
	}
	*ret = all;
	return true;
}

static bool two_digits(const char **at, int min, int max, int *ret)
{
	int n;

	if (!is_digit((*at)[0]) || !is_digit((*at)[1]))
		return false;
	n = ((*at)[0] - '0') * 10 + (*at)[1] - '0';
	*at += 2;
	*ret = n;
	return n >= min && n <= max;
}

/* "Z", "+01:00" or "-0130" to the end of the text; no zone is success with *ret_local. */
static bool read_zone(const char *at, int *ret_seconds, bool *ret_local)
{
	int sign = *at == '-' ? -1 : 1, hours, minutes;

	*ret_seconds = 0;
	*ret_local = !*at;
	if (!*at || strcmp(at, "Z") == 0)
		return true;
	if (*at != '+' && *at != '-')
		return false;
	at++;
	if (!two_digits(&at, 0, 23, &hours))
		return false;
	at += *at == ':';
	if (!two_digits(&at, 0, 59, &minutes) || *at)
		return false;
	*ret_seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)));
}

/* What follows the day: nothing, or T and hours, minutes, seconds, each of which may end it. */
static bool read_clock(const char **at, struct tm *tm, int64_t *ret_micro)
{
	int *const to[] = { &tm->tm_hour, &tm->tm_min, &tm->tm_sec };

	if (**at != 'T' && **at != ' ' && **at != 't')
		return true;
	for (size_t i = 0; i < ARRAY_LEN(to); i++) {
		if (i && **at != ':')
			return true;
		(*at)++;
		if (!two_digits(at, 0, i == 0 ? 23 : i == 1 ? 59 : 60, to[i]))
			return false;
	}
	*ret_micro = fraction(at);
	return true;
}

static bool read_date(const char *text, int64_t *ret)
{
	struct tm tm = { .tm_mday = 1 };
	int year = 0, month = 1, zone;
	int64_t micro = 0;
	const char *at = text;
	bool local;
	time_t t;

	for (int i = 0; i < 4; i++, at++) {
		if (!is_digit(*at))
			return false;
		year = year * 10 + (*at - '0');
	}
	if (year < YEAR_MIN || year > YEAR_MAX)
		return false;
	if (*at == '-') {
		at++;
		if (!two_digits(&at, 1, 12, &month))
			return false;
		if (*at == '-') {
			at++;
			if (!two_digits(&at, 1, days_in(year, month), &tm.tm_mday) || !read_clock(&at, &tm, &micro))
				return false;
		}
	}
	if (!read_zone(at, &zone, &local))
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_isdst = -1;
	t = local ? mktime(&tm) : timegm(&tm) - zone;
	*ret = (int64_t)t * SECOND + micro;
	return true;
}

static bool read_seconds(const char *text, int64_t *ret)
{
	const char *at = text;
	int64_t n = whole(&at), micro;

	if (n < 0 || at - text < 5 || at - text > 11)
		return false;
	micro = fraction(&at);
	*ret = n * SECOND + micro;
	return !*at;
}

int when_read(const char *text, const char *what, int64_t *ret, struct err *e)
{
	struct timespec now;
	int64_t value;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (strcmp(text, "now") == 0) {
		*ret = (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
	} else if (read_date(text, &value) || read_seconds(text, &value)) {
		*ret = value;
	} else if (read_span(text, &value)) {
		*ret = (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000 - value;
	} else {
		return err_set(e, ERR_USAGE, 0,
			       "%s: \"%.64s\" is no time: 10m, 1h30m, 2026-11-24T05:13, with Z for UTC, or seconds since the epoch",
			       what, text);
	}
	return 0;
}
