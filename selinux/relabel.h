/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relabel.h - :z and :Z of a volume, by descriptor.
 *
 * What is refused, and how it is walked: launcher/base/host_tree.h; besides, any type but secctr_container_file_t, and
 * secctr_shared_file_t at s0. A kernel without SELinux stores the xattr just the same.
 */
#ifndef SECCTR_SELINUX_RELABEL_H
#define SECCTR_SELINUX_RELABEL_H

#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/host_tree.h"

/*
 * `volume` is a descriptor (O_PATH will do) of the directory or regular file that will
 * be mounted, `path` its name in errors, `context` canonical (label_check()).
 * The working directory of the process is changed and restored meanwhile: one thread only.
 */
int relabel_volume(const struct host_tree_place *place, int volume, const char *path, const char *context, uint64_t max,
		   struct host_tree_result *ret, struct err *e) MUST_CHECK NONNULL(1, 3, 4, 6, 7);

/*
 * A volume of the store, of which the caller knows that it is one: it lies in a directory that is refused above. All
 * else is refused as there, but for files of several links that have the label already.
 */
int relabel_store_volume(const struct host_tree_place *place, int volume, const char *name, const char *context, uint64_t max,
			 struct host_tree_result *ret, struct err *e) MUST_CHECK NONNULL(1, 3, 4, 6, 7);

#endif
