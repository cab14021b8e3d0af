/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_filter.h - --filter of images and image prune.
 *
 * reference=PATTERN, dangling=true|false, before=IMAGE, since=IMAGE (or after), label=KEY[=VALUE], label!= the same, id=PREFIX,
 * until=TIME. As Podman's: an image must pass all, but of several references one is enough.
 */
#ifndef SECCTR_CLI_IMAGE_FILTER_H
#define SECCTR_CLI_IMAGE_FILTER_H

#include "launcher/base/options.h"
#include "launcher/store/images.h"

#define IMAGE_FILTER_KEYS "reference, dangling, before, since, after, label, label!, id, until"

struct image_filter {
	const struct opt_list *text;	/* borrowed */
	int64_t *time;			/* of each: what before, since and until compare with */
};
void image_filter_done(struct image_filter *f);
#define auto_image_filter AUTO(image_filter_done)

/* Checks all of them. ERR_USAGE, or ERR_NOTFOUND for before and since. */
int image_filter_read(const struct store *s, const struct opt_list *text, struct image_filter *ret, struct err *e) MUST_CHECK;
bool image_filter_passes(const struct image_filter *f, const struct image *i);

/* Whether one of its names is like the pattern: whole, or without tag, or as people shorten it. */
bool image_is_called(const struct image *i, const char *pattern);

#endif
