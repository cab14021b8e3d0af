/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_taken_over.c - a parser that a hostile archive has taken over: this program plays it. Whatever it sends,
 * nothing outside the new layer changes and nothing comes into the store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "launcher/base/io.h"
#include "launcher/image/frame.h"
#include "launcher/image/job.h"
#include "launcher/image/sandbox.h"
#include "tests/unit/launcher/image/rig.h"

#define HEX  "1111111111111111111111111111111111111111111111111111111111111111"
#define ID   "sha256:" HEX
#define EMPTY "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"	/* of "{}" */
#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define ID2  "sha256:2222222222222222222222222222222222222222222222222222222222222222"

static struct frame_writer out = { .fd = OUT_FD };
static struct err ignored;

static void put(enum frame_type type, const void *p, size_t n)
{
	const struct frame_part part = { p, n };

	if (frame_put(&out, type, &part, 1, &ignored) < 0)
		_exit(1);
}

static void fact_n(int fact, const char *text, size_t n)
{
	char buf[600] = { (char)fact };

	memcpy(buf + 1, text, n);
	put(FRAME_FACT, buf, n + 1);
}

static void fact(int which, const char *text)
{
	fact_n(which, text, strlen(text));
}

static void document(int which, const char *text)
{
	char buf[64] = { (char)which };

	strcpy(buf + 1, text);
	put(FRAME_DOCUMENT, buf, 1 + strlen(text));
}

static void image(const char *diff_id)
{
	put(FRAME_IMAGE, NULL, 0);
	fact(FACT_DIGEST, EMPTY);
	fact(FACT_CONFIG_DIGEST, EMPTY);
	fact(FACT_DIFF_ID, diff_id);
	document(DOCUMENT_CONFIG, "{}");
	put(FRAME_IMAGE_END, NULL, 0);
}

/* With these digests and, unless it is "", this manifest. */
static void odd_image(const char *digest, const char *config, const char *media_type, const char *manifest)
{
	put(FRAME_IMAGE, NULL, 0);
	fact(FACT_DIGEST, digest);
	fact(FACT_CONFIG_DIGEST, config);
	if (*media_type)
		fact(FACT_MEDIA_TYPE, media_type);
	document(DOCUMENT_CONFIG, "{}");
	document(DOCUMENT_MANIFEST, manifest);
	put(FRAME_IMAGE_END, NULL, 0);
	put(FRAME_END, NULL, 0);
}

static void entry_n(struct frame_entry f, const char *path, size_t n, const char *link)
{
	struct frame_part part[3] = { { &f, sizeof(f) }, { path, n }, { link, strlen(link) } };

	f.path_len = (uint32_t)n;
	f.link_len = (uint32_t)strlen(link);
	if (frame_put(&out, FRAME_ENTRY, part, 3, &ignored) < 0)
		_exit(1);
}

static void entry(uint32_t type, const char *path, const char *link)
{
	entry_n((struct frame_entry){ .type = type, .mode = 0644 }, path, strlen(path), link);
}

static void data(uint64_t offset, const char *text)
{
	char buf[64];

	memcpy(buf, &offset, 8);
	strcpy(buf + 8, text);
	put(FRAME_DATA, buf, 8 + strlen(text));
}

static void xattr(const char *name, uint16_t claimed)
{
	char buf[300];

	memcpy(buf, &claimed, 2);
	strcpy(buf + 2, name);
	put(FRAME_XATTR, buf, 2 + strlen(name));
}

static void files(void)
{
	put(FRAME_LAYER, NULL, 0);
}

static void layer(void)
{
	image(ID);
	put(FRAME_LAYER, ID, strlen(ID));
}

static void end_as(const char *diff_id)
{
	const uint64_t n = 512;
	char buf[sizeof(n) + 128];

	memcpy(buf, &n, sizeof(n));
	strcpy(buf + sizeof(n), diff_id);
	put(FRAME_LAYER_END, buf, sizeof(n) + strlen(diff_id));
}

static void end_layer(void)
{
	end_as(ID);
}

static void raw(const void *p, size_t n)
{
	if (frame_flush(&out, &ignored) < 0 || write(OUT_FD, p, n) != (ssize_t)n)
		_exit(1);
}

#define PLAY(body) layer(); body; end_layer(); put(FRAME_END, NULL, 0)
#define ROWS(X) \
	X(dot_dot, "..", PLAY(entry(ENTRY_FILE, "../../escaped", ""))) \
	X(absolute, "absolute", PLAY(entry(ENTRY_FILE, "/tmp/escaped", ""))) \
	X(nul_in_path, "NUL", PLAY(entry_n((struct frame_entry){ .type = ENTRY_FILE }, "a\0b", 3, ""))) \
	X(through_link, "symbolic link", PLAY(entry(ENTRY_SYMLINK, "a", "../../.."); entry(ENTRY_FILE, "a/escaped", ""))) \
	X(opaque_through_link, "symbolic link", PLAY(entry(ENTRY_SYMLINK, "a", ".."); entry(ENTRY_OPAQUE, "a", ""))) \
	X(hard_link_out, "..", PLAY(entry(ENTRY_HARDLINK, "a", "../../../canary"))) \
	X(hard_link_to_link, "no file", PLAY(entry(ENTRY_SYMLINK, "a", "/etc/shadow"); entry(ENTRY_HARDLINK, "b", "a"))) \
	X(whiteout_out, "..", PLAY(entry(ENTRY_WHITEOUT, "../../../canary", ""))) \
	X(opaque_out, "..", PLAY(entry(ENTRY_OPAQUE, "..", ""))) \
	X(top_as_link, "without a name", PLAY(entry(ENTRY_SYMLINK, "", "x"))) \
	X(device, "mode beyond", PLAY(entry_n((struct frame_entry){ .type = ENTRY_FILE, .mode = 020666 }, "a", 1, ""))) \
	X(unknown_type, "unknown type", PLAY(entry(99, "a", ""))) \
	X(owner, "owner beyond", PLAY(entry_n((struct frame_entry){ .type = ENTRY_FILE, .uid = UINT32_MAX }, "a", 1, ""))) \
	X(huge_file, "larger than", PLAY(entry_n((struct frame_entry){ .type = ENTRY_FILE, .size = UINT64_MAX }, "a", 1, ""))) \
	X(data_beyond, "beyond the size", PLAY(entry_n((struct frame_entry){ .type = ENTRY_FILE, .size = 3 }, "a", 1, ""); data(0, "four"))) \
	X(data_far_beyond, "beyond the size", PLAY(entry_n((struct frame_entry){ .type = ENTRY_FILE, .size = 3 }, "a", 1, ""); data(UINT64_MAX, "xx"))) \
	X(data_of_nothing, "beyond the size", PLAY(data(0, "x"))) \
	X(data_of_directory, "beyond the size", PLAY(entry(ENTRY_DIR, "a", ""); data(0, "x"))) \
	X(label, "attribute security", PLAY(entry(ENTRY_FILE, "a", ""); xattr("security.selinux", 16))) \
	X(opaque_mark, "attribute trusted", PLAY(entry(ENTRY_DIR, "a", ""); xattr("trusted.overlay.opaque", 22))) \
	X(attribute_of_link, "no file or directory", PLAY(entry(ENTRY_SYMLINK, "a", "b"); xattr("user.x", 6))) \
	X(attribute_too_long, "malformed", PLAY(entry(ENTRY_FILE, "a", ""); xattr("user.x", 7))) \
	X(short_entry, "malformed entry", PLAY(put(FRAME_ENTRY, "x", 1))) \
	X(unwanted_layer, "not one of those", image(ID); put(FRAME_LAYER, ID2, strlen(ID2))) \
	X(layer_as_path, "not one of those", image(ID); put(FRAME_LAYER, "sha256:../../../x", 17)) \
	X(layer_twice, "not one of those", layer(); end_layer(); put(FRAME_LAYER, ID, strlen(ID))) \
	X(layer_missing, "not in the store", image(ID); put(FRAME_END, NULL, 0)) \
	X(layer_ends_as_another, "malformed end", layer(); end_as(ID2)) \
	X(layer_ends_as_path, "malformed end", layer(); end_as("sha256:../../../../../../../../../../../../../../../../../../../../../../../x")) \
	X(tree_unasked, "not one of those", put(FRAME_LAYER, NULL, 0)) \
	X(blob_outside, "out of order", image(ID); put(FRAME_BLOB, "x", 1)) \
	X(blob_is_another, "its archive sha256:2222", put(FRAME_IMAGE, NULL, 0); fact(FACT_DIGEST, EMPTY); \
	  fact(FACT_CONFIG_DIGEST, EMPTY); fact(FACT_DIFF_ID, ID); fact(FACT_BLOB, ID2); document(DOCUMENT_CONFIG, "{}"); \
	  put(FRAME_IMAGE_END, NULL, 0); put(FRAME_LAYER, ID, strlen(ID)); put(FRAME_BLOB, "x", 1); end_layer(); \
	  put(FRAME_END, NULL, 0)) \
	X(blobs_too_few, "1 layers but 0", put(FRAME_IMAGE, NULL, 0); fact(FACT_DIGEST, ID); fact(FACT_CONFIG_DIGEST, ID); \
	  fact(FACT_BLOB, ID); put(FRAME_IMAGE_END, NULL, 0)) \
	X(no_document, "no configuration", put(FRAME_IMAGE, NULL, 0); fact(FACT_DIGEST, ID); fact(FACT_CONFIG_DIGEST, ID); \
	  put(FRAME_IMAGE_END, NULL, 0); put(FRAME_END, NULL, 0)) \
	X(other_config, "configuration has the digest sha256:44136f", odd_image(ID, ID, "", "")) \
	X(other_manifest, "manifest has the digest sha256:44136f", odd_image(ID, EMPTY, OCI_MANIFEST, "{}")) \
	X(no_manifest, "no manifest", odd_image(ID, EMPTY, OCI_MANIFEST, "")) \
	X(digest_of_nothing, "a manifest of no kind", odd_image(ID, EMPTY, "", "")) \
	X(manifest_of_no_kind, "a manifest of no kind", odd_image(EMPTY, EMPTY, "", "{}")) \
	X(other_kind, "mediaType of no manifest", odd_image(EMPTY, EMPTY, "text/plain", "{}")) \
	X(document_unknown, "malformed document", put(FRAME_IMAGE, NULL, 0); document(DOCUMENT_COUNT, "{}")) \
	X(document_empty, "malformed document", put(FRAME_IMAGE, NULL, 0); put(FRAME_DOCUMENT, NULL, 0)) \
	X(history_of_nothing, "malformed history", put(FRAME_IMAGE, NULL, 0); fact(FACT_HISTORY_BY, "x")) \
	X(history_twice, "a property twice", put(FRAME_IMAGE, NULL, 0); fact(FACT_HISTORY, ""); fact(FACT_HISTORY_BY, "x"); fact(FACT_HISTORY_BY, "y")) \
	X(end_in_layer, "out of order", layer(); put(FRAME_END, NULL, 0)) \
	X(entry_outside, "out of order", image(ID); entry(ENTRY_FILE, "a", "")) \
	X(fact_outside, "out of order", fact(FACT_USER, "root")) \
	X(fact_unknown, "malformed property", put(FRAME_IMAGE, NULL, 0); fact(FACT_COUNT, "x")) \
	X(fact_with_nul, "malformed property", put(FRAME_IMAGE, NULL, 0); fact_n(FACT_USER, "a\0b", 3)) \
	X(fact_not_utf8, "malformed property", put(FRAME_IMAGE, NULL, 0); fact(FACT_ENV, "A=\xff")) \
	X(fact_twice, "a property twice", put(FRAME_IMAGE, NULL, 0); fact(FACT_USER, "a"); fact(FACT_USER, "b")) \
	X(fact_empty, "malformed property", put(FRAME_IMAGE, NULL, 0); put(FRAME_FACT, NULL, 0)) \
	X(bad_reference, "cannot be taken", put(FRAME_IMAGE, NULL, 0); fact(FACT_REF, "../x")) \
	X(bad_digest, "no digest", put(FRAME_IMAGE, NULL, 0); fact(FACT_DIGEST, "sha256:../x"); put(FRAME_IMAGE_END, NULL, 0)) \
	X(bad_diff_id, "bad diff ID", image("sha256:../x")) \
	X(no_end, "ended with status 3", image(ID); if (frame_flush(&out, &ignored) == 0) _exit(3)) \
	X(killed, "ended by signal 9 (KILL)", raise(SIGKILL)) \
	X(unknown_frame, "malformed record", raw("\xff\0\0\0\0\0\0\0", 8)) \
	X(huge_frame, "malformed record", raw("\1\0\0\0\xff\xff\xff\xff", 8)) \
	X(error_with_escape, "?[31mred", raw("\12\0\0\0\14\0\0\0\2\0\0\0\33[31mred", 20))

/* ... where the files of a tar are asked for, and no image. */
#define FILES_ROWS(X) \
	X(files_image, "an image where a tree", put(FRAME_IMAGE, NULL, 0)) \
	X(files_whiteout, "a whiteout where files", files(); entry(ENTRY_WHITEOUT, "a", "")) \
	X(files_opaque, "a whiteout where files", files(); entry(ENTRY_OPAQUE, "a", "")) \
	X(files_blob, "bytes where files", files(); put(FRAME_BLOB, "x", 1)) \
	X(files_way_out, "in the path", files(); entry(ENTRY_FILE, "../escaped", "")) \
	X(files_through_link, "symbolic link", files(); entry(ENTRY_SYMLINK, "a", "/"); entry(ENTRY_FILE, "a/escaped", "")) \
	X(files_named, "not one of those", put(FRAME_LAYER, ID, strlen(ID))) \
	X(files_twice, "not one of those", files(); end_layer(); files()) \
	X(files_none, "no files", put(FRAME_END, NULL, 0)) \
	X(files_empty, "without files", files(); end_layer(); put(FRAME_END, NULL, 0)) \
	X(files_no_end, "ended with status 3", files(); entry(ENTRY_FILE, "a", ""); if (frame_flush(&out, &ignored) == 0) _exit(3))

static const char *const says[] = {
#define X(name, text, ...) text,
	ROWS(X)
	FILES_ROWS(X)
#undef X
};
static const char *const names[] = {
#define X(name, text, ...) #name,
	ROWS(X)
	FILES_ROWS(X)
#undef X
};
enum {
#define X(name, text, ...) ROW_##name,
	ROWS(X)
	ROW_COUNT,
	ROW_BEFORE_FILES = ROW_COUNT - 1,
	FILES_ROWS(X)
#undef X
	ROW_END
};

/* The row comes as a limit that no row needs. */
static int play(void)
{
	struct job job;

	if (read(JOB_FD, &job, sizeof(job)) != sizeof(job))
		return 1;
	switch (job.limits.members) {
#define X(name, text, ...) case ROW_##name: __VA_ARGS__; break;
	ROWS(X)
	FILES_ROWS(X)
#undef X
	}
	return frame_flush(&out, &ignored) < 0;
}

static void nothing_it_says_gets_through(void **state)
{
	struct place *p = *state;
	struct image_limits limits = IMAGE_LIMITS_DEFAULT;
	struct image_load_options o = { .fetch = "/proc/self/exe", .limits = &limits };
	auto_store struct store s = STORE_INIT;

	open_store(p, &s);
	put_canary(p);
	place_file(p, "bad", "");
	for (int i = 0; i < ROW_COUNT; i++) {
		auto_strv struct strv got = { 0 };
		struct err e = { 0 };

		limits.members = (uint64_t)i;
		if (load_with(p, &s, "bad", &o, &got, &e) == 0)
			fail_msg("%s: was taken", names[i]);
		if (!strstr(e.text, says[i]))
			fail_msg("%s: \"%s\", expected \"%s\"", names[i], e.text, says[i]);
		assert_untouched(p, &s);
	}
}

static void nor_where_files_are_asked_for(void **state)
{
	struct place *p = *state;
	struct image_limits limits = IMAGE_LIMITS_DEFAULT;
	struct image_load_options o = { .fetch = "/proc/self/exe", .limits = &limits };
	auto_store struct store s = STORE_INIT;

	open_store(p, &s);
	put_canary(p);
	place_file(p, "bad", "");
	for (int i = ROW_COUNT; i < ROW_END; i++) {
		auto_image_files struct image_files got = IMAGE_FILES_INIT;
		auto_close int fd = openat(p->fd, "bad", O_RDONLY | O_CLOEXEC);
		struct err e = { 0 };

		limits.members = (uint64_t)i;
		if (image_files(&s, fd, &o, &got, &e) == 0)
			fail_msg("%s: was taken", names[i]);
		if (!strstr(e.text, says[i]))
			fail_msg("%s: \"%s\", expected \"%s\"", names[i], e.text, says[i]);
		assert_untouched(p, &s);
	}
}

/* What the sandbox leaves of the calls; each in a process of its own. */
static int in_sandbox(int (*fn)(void))
{
	struct err e = { 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(99);
		_exit(sandbox_enter(&e) < 0 ? 98 : fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int try_open(void)
{
	return openat(AT_FDCWD, "/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? 0 : 1;
}

static int try_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? 1 : 2;
}

static int try_fork(void)
{
	return fork() < 0 ? 1 : 2;
}

static int try_exec(void)
{
	return execl("/bin/true", "true", NULL);
}

static int try_write_file(void)
{
	return syscall(SYS_open, "/tmp/escaped", O_WRONLY | O_CREAT, 0600) < 0 ? 1 : 2;
}

static void the_sandbox_holds(void **state)
{
	static int (*const deadly[])(void) = { try_socket, try_fork, try_exec, try_write_file };
	struct err e = { 0 };
	int status;

	(void)state;
	assert_int_equal(sandbox_enter(&e), -1);	/* as root */
	assert_int_equal(e.reason, ERR_STATE);
#ifndef __SANITIZE_ADDRESS__	/* that build has no seccomp filter: sandbox.c */
	assert_int_equal(in_sandbox(try_open), 0);
	for (size_t i = 0; i < ARRAY_LEN(deadly); i++) {
		status = in_sandbox(deadly[i]);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGSYS);
	}
#else
	(void)deadly, (void)status, (void)try_open, (void)in_sandbox;
#endif
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(nothing_it_says_gets_through),
		PLACE_TEST(nor_where_files_are_asked_for),
		cmocka_unit_test(the_sandbox_holds),
	};

	if (argc && strcmp(argv[0], "secctr-fetch") == 0)
		return play();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
