/* SPDX-License-Identifier: Apache-2.0 */
/* period.c - see period.h. */
#include "launcher/cli/period.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "launcher/base/str.h"
#include "launcher/cli/when.h"

static uint64_t midnight(int days_back, bool end)
{
	time_t now = time(NULL), t;
	struct tm tm;

	if (!localtime_r(&now, &tm))
		return 0;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday -= days_back;
	tm.tm_mday += end;
	tm.tm_isdst = -1;
	t = mktime(&tm);
	return (uint64_t)t * 1000 - end;
}

static bool read_word(const char *text, bool end, uint64_t *ret)
{
	struct timespec up;
	time_t now = time(NULL);
	struct tm tm;

	if (!localtime_r(&now, &tm))
		return false;
	if (strcmp(text, "now") == 0)
		*ret = (uint64_t)now * 1000 + 999;
	else if (strcmp(text, "recent") == 0)
		*ret = ((uint64_t)now - 600) * 1000;
	else if (strcmp(text, "today") == 0)
		*ret = midnight(0, end);
	else if (strcmp(text, "yesterday") == 0)
		*ret = midnight(1, end);
	else if (strcmp(text, "this-week") == 0)
		*ret = midnight(tm.tm_wday, end);
	else if (strcmp(text, "week-ago") == 0)
		*ret = midnight(7, end);
	else if (strcmp(text, "this-month") == 0)
		*ret = midnight(tm.tm_mday - 1, end);
	else if (strcmp(text, "this-year") == 0)
		*ret = midnight(tm.tm_yday, end);
	else if (strcmp(text, "boot") == 0 && clock_gettime(CLOCK_BOOTTIME, &up) == 0)
		*ret = ((uint64_t)now - (uint64_t)up.tv_sec) * 1000;
	else
		return false;
	return true;
}

static bool digits(const char **at, int min, int max, int *ret)
{
	int n = 0;
	const char *from = *at;

	for (; **at >= '0' && **at <= '9' && *at - from < 4; (*at)++)
		n = n * 10 + (**at - '0');
	*ret = n;
	return *at > from && n >= min && n <= max;
}

/* "11/24/26", then perhaps a blank; or nothing of it. */
static bool read_day(const char **at, struct tm *tm, bool *ret_day)
{
	const char *slash = strchr(*at, '/');
	int year;

	*ret_day = slash;
	if (!slash)
		return true;
	if (!digits(at, 1, 12, &tm->tm_mon) || *(*at)++ != '/' || !digits(at, 1, 31, &tm->tm_mday) || *(*at)++ != '/' ||
	    !digits(at, 0, 9999, &year))
		return false;
	tm->tm_mon--;
	tm->tm_year = year < 100 ? year + 100 : year - 1900;
	if (**at == ' ')
		(*at)++;
	return tm->tm_year >= 70;
}

static bool read_slashes(const char *text, bool end, uint64_t *ret)
{
	time_t now = time(NULL);
	struct tm tm;
	bool day, clock;
	int wanted;

	if (!localtime_r(&now, &tm))
		return false;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	if (!read_day(&text, &tm, &day))
		return false;
	clock = *text;
	if (clock && (!digits(&text, 0, 23, &tm.tm_hour) || *text++ != ':' || !digits(&text, 0, 59, &tm.tm_min) ||
		      (*text && (*text++ != ':' || !digits(&text, 0, 60, &tm.tm_sec))) || *text))
		return false;
	if (!day && !clock)
		return false;
	wanted = tm.tm_mday;
	now = mktime(&tm);
	if (tm.tm_mday != wanted)	/* 02/31 */
		return false;
	if (end && !clock)
		now += 86400;
	*ret = (uint64_t)now * 1000 - (end && !clock) + (end && clock ? 999 : 0);
	return now > 0;
}

int period_read(const char *text, bool end, const char *what, uint64_t *ret, struct err *e)
{
	int64_t usec;

	if (read_word(text, end, ret) || read_slashes(text, end, ret))
		return 0;
	if (when_read(text, what, &usec, e))
		return -1;
	if (usec < 0)
		return err_set(e, ERR_USAGE, 0, "%s: \"%.64s\" is before 1970", what, text);
	*ret = (uint64_t)usec / 1000;
	/* "2026-11-24" alone: the whole day. */
	if (end && strlen(text) == 10 && text[4] == '-' && text[7] == '-')
		*ret += 86400 * 1000 - 1;
	return 0;
}
