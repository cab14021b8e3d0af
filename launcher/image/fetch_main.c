/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch_main.c - secctr-fetch: reads foreign archives, without any privilege, for image_load().
 *
 * Not for people. It takes no argument; its descriptors are in job.h. What goes wrong is told as an
 * ERROR frame; where even that fails, its parent sees the stream end.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/image/job.h"
#include "launcher/image/sandbox.h"
#include "launcher/image/scan.h"

struct work {
	struct job job;
	struct job_blob *blob;
	struct layer_pair *present;
};

static int read_array(void **ret, size_t n, size_t size, struct err *e)
{
	*ret = calloc(n + 1, size);
	if (!*ret)
		return err_set(e, ERR_SYSTEM, ENOMEM, "job");
	return io_read_all(JOB_FD, *ret, n * size, "job", e);
}

static int read_work(struct work *w, struct err *e)
{
	if (io_read_all(JOB_FD, &w->job, sizeof(w->job), "job", e) < 0)
		return -1;
	if (w->job.blobs > JOB_BLOBS_MAX || w->job.present > JOB_PRESENT_MAX || w->job.tree > JOB_FILES)
		return err_set(e, ERR_INTERNAL, 0, "job: malformed");
	if (read_array((void **)&w->blob, w->job.blobs, sizeof(*w->blob), e) < 0 ||
	    read_array((void **)&w->present, w->job.present, sizeof(*w->present), e) < 0)
		return -1;
	return 0;
}

/* What the libraries read from files, they read now: a random seed, OpenSSL's configuration, a locale for UTF-8 names. */
static int prepare_libraries(struct err *e)
{
	struct digest ignored;

	json_object_seed(0);
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return err_set(e, ERR_INTERNAL, 0, "no locale C.UTF-8");
	return digest_bytes("", 0, &ignored, e);
}

static int run(struct frame_writer *out, struct err *e)
{
	static struct work w;
	struct source src = { .job = &w.job };

	/* The work is freed by the end of the process. */
	if (prepare_libraries(e) < 0 || sandbox_enter(e) < 0 || read_work(&w, e) < 0)
		return -1;
	src.blob = w.blob;
	if ((w.job.tree ? scan_tree(&src, out, e) : scan_source(&src, w.present, out, e)) < 0)
		return -1;
	if (frame_put(out, FRAME_END, NULL, 0, e) < 0)
		return -1;
	return frame_flush(out, e);
}

int main(void)
{
	static struct frame_writer out = { .fd = OUT_FD };
	struct err e = { 0 };

	/* A parent that went away is a failed write. */
	(void)signal(SIGPIPE, SIG_IGN);
	/* _exit(): what libraries, or a sanitizer, would do at an exit the sandbox does not let them. */
	if (run(&out, &e) == 0)
		_exit(0);
	_exit(frame_tell_error(&out, &e) ? 1 : 2);
}
