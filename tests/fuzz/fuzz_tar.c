/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_tar.c - a layer of any bytes through decompressor, tar reader and the rules of entries; its records go nowhere. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "launcher/image/layer.h"

#define DEMAND(x) do { if (!(x)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct frame_writer out = { .fd = -1 };
	static int in = -1;
	struct image_limits limits = IMAGE_LIMITS_DEFAULT;
	struct layer_wanted want = { .file = (char *)"layer", .size = -1 };
	struct stream from = { .name = "layer" };
	struct err e = { 0 };

	if (in < 0) {
		in = memfd_create("layer", MFD_CLOEXEC);
		out.fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	}
	DEMAND(ftruncate(in, 0) == 0 && pwrite(in, bytes, n, 0) == (ssize_t)n && lseek(in, 0, SEEK_SET) == 0);
	from.fd = in;
	limits.layer_bytes = 1 << 20;
	memset(want.diff_id.text, '0', DIGEST_TEXT - 1);
	/* No bytes hash to this, so the end is never success. */
	DEMAND(layer_read(&from, &want, &limits, &out, &e) < 0 && e.text[0]);
	return 0;
}
