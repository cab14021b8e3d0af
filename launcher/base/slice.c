/* SPDX-License-Identifier: Apache-2.0 */
/* slice.c - see slice.h. */
#include "launcher/base/slice.h"

#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/str.h"

static bool is_slice(const char *slice, size_t stem)
{
	if (!stem || slice[strspn(slice, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_.-")] || *slice == '.')
		return false;
	if (stem == 1 && *slice == '-')
		return true;
	return *slice != '-' && slice[stem - 1] != '-' && !strstr(slice, "--");
}

int slice_path(const char *slice, char **ret, struct err *e)
{
	size_t n = strlen(slice), stem = n - strlen(".slice");
	auto_str struct str path = { 0 };
	int levels = 0;

	if (n > SLICE_NAME_MAX)
		return err_set(e, ERR_LIMIT, 0, "slice: more than %d bytes", SLICE_NAME_MAX);
	if (!str_ends(slice, ".slice") || !is_slice(slice, stem))
		return err_set(e, ERR_INPUT, 0, "%.64s is not the name of a slice unit", slice);
	for (size_t i = 1; stem > 1 && i <= stem; i++) {
		if (i < stem && slice[i] != '-')
			continue;
		if (++levels > SLICE_LEVELS_MAX)
			return err_set(e, ERR_LIMIT, 0, "slice %.64s: more than %d levels", slice, SLICE_LEVELS_MAX);
		if (str_addf(&path, e, "/%.*s.slice", (int)i, slice))
			return -1;
	}
	if (!path.len && str_add(&path, "/", e))
		return -1;
	*ret = take_ptr(&path.text);
	return 0;
}

const char *slice_of_path(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return *name ? name : "-.slice";
}
