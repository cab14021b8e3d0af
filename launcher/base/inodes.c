/* SPDX-License-Identifier: Apache-2.0 */
/* inodes.c - see inodes.h. */
#include "launcher/base/inodes.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>

#include "launcher/base/str.h"

struct inode {
	dev_t dev;
	ino_t ino;
	char *name;
};

static int compare(const void *a, const void *b)
{
	const struct inode *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino == y->ino ? 0 : x->ino < y->ino ? -1 : 1;
}

static void inode_free(void *p)
{
	free(((struct inode *)p)->name);
	free(p);
}

void inodes_done(struct inodes *t)
{
	tdestroy(t->tree, inode_free);
	t->tree = NULL;
}

int inodes_first(struct inodes *t, const struct stat *st, const char *name, const char **ret, struct err *e)
{
	struct inode key = { .dev = st->st_dev, .ino = st->st_ino }, *own;
	void *found = tfind(&key, &t->tree, compare);

	if (found) {
		*ret = (*(struct inode **)found)->name;
		return 0;
	}
	own = malloc(sizeof(*own));
	if (!own)
		return err_set(e, ERR_SYSTEM, ENOMEM, "files");
	*own = key;
	if (str_copy(name, &own->name, e) || !tsearch(own, &t->tree, compare)) {
		inode_free(own);
		return err_set(e, ERR_SYSTEM, ENOMEM, "files");
	}
	*ret = NULL;
	return 0;
}
