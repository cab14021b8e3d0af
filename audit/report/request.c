/* SPDX-License-Identifier: Apache-2.0 */
/* request.c - the words of a request; for who asks, and has no reader in it. */
#include <string.h>

#include "audit/report/report.h"

bool report_find_view(const char *word, enum report_view *ret)
{
	static const char *const words[] = {
#define X(name, w, takes, help) w,
		REPORT_VIEWS(X)
#undef X
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], word) == 0) {
			*ret = (enum report_view)i;
			return true;
		}
	return false;
}

bool report_follows(enum report_view view)
{
	return view != REPORT_CONTAINERS && view != REPORT_IMAGE && view != REPORT_POLICY && view != REPORT_COMPLIANCE && view != REPORT_WHY &&
	       view != REPORT_OVERVIEW;
}
