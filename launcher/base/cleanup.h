/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cleanup.h - what a function owns is released when it goes out of scope.
 *
 *	auto_close int fd = -1;
 *	auto_free char *text = NULL;
 *	...
 *	*ret_fd = take_fd(&fd);		the one way to hand it on
 *
 * Owning locals are initialised where they are declared and are given away
 * through take_fd()/take_ptr() only. A type with a destructor gets its attribute
 * beside it: DEFINE_AUTO(plan_free, struct plan *), then
 * `AUTO(plan_free_auto) struct plan *plan = NULL;`.
 *
 * Nothing here runs across execve() or _exit(): descriptors are close-on-exec
 * from birth for that.
 */
#ifndef SECCTR_BASE_CLEANUP_H
#define SECCTR_BASE_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "launcher/base/attrs.h"

#define AUTO(fn) __attribute__((cleanup(fn)))

#define DEFINE_AUTO(fn, type)						\
	static inline void fn##_auto(type *p)				\
	{								\
		if (*p)							\
			fn(*p);						\
		*p = NULL;						\
	}

static inline void close_fd_auto(int *fd)
{
	int keep = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = keep;
}

static inline void free_ptr_auto(void *p)
{
	free(*(void **)p);
	*(void **)p = NULL;
}

#define auto_close AUTO(close_fd_auto)
#define auto_free  AUTO(free_ptr_auto)

static inline MUST_CHECK int take_fd(int *fd)
{
	int given = *fd;

	*fd = -1;
	return given;
}

#define take_ptr(pp)							\
	__extension__({							\
		__typeof__(*(pp)) given_ = *(pp);			\
		*(pp) = NULL;						\
		given_;							\
	})

#endif
