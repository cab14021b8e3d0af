/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relabel.h - :z and :Z of a volume, by descriptor.
 *
 * Relabelling a host directory for a container hands it to the container: a wrong
 * path in a bundle was a way to own /etc (CVE-2021-43816). So all is checked first,
 * then all is applied, each object checked again in the second pass. Refused:
 *	- any type but secctr_container_file_t, and secctr_shared_file_t at s0;
 *	- system directories and what lies in them, by inode and by the path that the
 *	  descriptor has after resolution, also through a bind mount or a symlink;
 *	- a directory that contains one of them, at any depth;
 *	- mount points below the volume (another file system, a bind mount);
 *	- regular files with more than one link (the other name may be anywhere);
 *	- device nodes;
 *	- more than `max` objects, or deeper than RELABEL_DEPTH.
 * Symbolic links are labelled themselves and never followed. Every error names the
 * path. A failure while applying (disk full) leaves a part relabelled and says so.
 *
 * The xattr security.selinux is written through a descriptor's entry in the
 * caller's private procfs; a kernel without SELinux stores it just the same.
 */
#ifndef SECCTR_SELINUX_RELABEL_H
#define SECCTR_SELINUX_RELABEL_H

#include <stdint.h>

#include "launcher/base/err.h"

enum { RELABEL_DEPTH = 128, RELABEL_MAX = 1000000 };

struct relabel_result {
	uint64_t seen, changed;
};

/*
 * `volume` is a descriptor (O_PATH will do) of the directory or regular file that will
 * be mounted, `path` its name in errors, `context` canonical (label_check()).
 * The working directory of the process is changed and restored meanwhile: one thread only.
 */
int relabel_volume(int procfd, int volume, const char *path, const char *context, uint64_t max,
		   struct relabel_result *ret, struct err *e) MUST_CHECK NONNULL(3, 4, 6, 7);

/*
 * A volume of the store, of which the caller knows that it is one: it lies in a directory that is refused above. All
 * else is refused as there, but for files of several links that have the label already.
 */
int relabel_store_volume(int procfd, int volume, const char *name, const char *context, uint64_t max,
			 struct relabel_result *ret, struct err *e) MUST_CHECK NONNULL(3, 4, 6, 7);

#endif
