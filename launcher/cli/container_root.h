/* SPDX-License-Identifier: Apache-2.0 */
/* container_root.h - the files of a container, for the commands that read and change them from outside: cp, diff, export, mount. */
#ifndef SECCTR_CLI_CONTAINER_ROOT_H
#define SECCTR_CLI_CONTAINER_ROOT_H

#include "launcher/cli/change.h"

enum container_root_how {
	CONTAINER_ROOT_PLAIN,	/* to be read, without what is mounted in it */
	CONTAINER_ROOT_READ,	/* with that, where the container runs */
	CONTAINER_ROOT_WRITE,	/* and to be written, where the container may write itself */
	CONTAINER_ROOT_MOUNT,	/* so too, without what is mounted in it */
};

/*
 * A descriptor (runtime/root.h), under the container's lock, which change_container() holds. One that is read while it
 * runs is let go of: how long reading takes is in the hands of the container, and it must not hold up its own stop. If it is
 * started again meanwhile, what is read may be of either run.
 */
int container_root(struct change *x, enum container_root_how how, struct err *e) MUST_CHECK;

#endif
