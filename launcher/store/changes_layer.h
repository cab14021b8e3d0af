/* SPDX-License-Identifier: Apache-2.0 */
/* changes_layer.h - one layer of an overlay, as overlayfs reads it: shared by changes.c and changes_between.c. */
#ifndef SECCTR_STORE_CHANGES_LAYER_H
#define SECCTR_STORE_CHANGES_LAYER_H

#include <stdbool.h>
#include <sys/stat.h>

#include "launcher/store/changes.h"

/* HIDDEN: missed, and no layer below counts either. */
enum changes_found { CHANGES_FOUND, CHANGES_MISSED, CHANGES_HIDDEN };

enum changes_found changes_look(int layer, const char *path);
/* How overlayfs says that something of a lower layer is not there. */
bool changes_is_whiteout(const struct stat *st);

#endif
