/* SPDX-License-Identifier: Apache-2.0 */
/* sample.h - a struct with one field of every kind. */
#ifndef SECCTR_TESTS_SAMPLE_H
#define SECCTR_TESTS_SAMPLE_H

#include "launcher/base/fields.h"

struct part {
	char *name;
	int64_t size;
};

struct sample {
	char *text;
	bool flag;
	int tri;
	int64_t number;
	uint64_t count;
	int word;
	struct strv words, map;
	struct part inner;
	struct field_list parts;
};

static const struct field part_fields[] = {
	FIELD_STR(struct part, "name", name, FIELD_NEED),
	FIELD_INT(struct part, "size", size, 0),
	FIELD_END
};

static const struct field inner_fields[] = {
	FIELD_STR(struct part, "name", name, 0),
	FIELD_INT(struct part, "size", size, 0),
	FIELD_END
};

static const char *const sample_words[] = { "none", "some", "all", NULL };

static const struct field sample_fields[] = {
	FIELD_STR(struct sample, "text", text, 0),
	FIELD_BOOL(struct sample, "flag", flag, 0),
	FIELD_TRI(struct sample, "tri", tri, 0),
	FIELD_INT(struct sample, "number", number, 0),
	FIELD_U64(struct sample, "count", count, 0),
	FIELD_ENUM(struct sample, "word", word, 0, sample_words),
	FIELD_STRV(struct sample, "words", words, 0),
	FIELD_MAP(struct sample, "map", map, 0),
	FIELD_OBJ(struct sample, "inner", inner, 0, inner_fields),
	FIELD_LIST(struct sample, "parts", parts, 0, part_fields, struct part),
	FIELD_END
};

static inline void sample_fill(struct sample *s)
{
	struct err e = { 0 };
	struct part *part;

	memset(s, 0, sizeof(*s));
	fields_init(sample_fields, s);
	assert_int_equal(str_copy("text", &s->text, &e), 0);
	s->flag = true;
	s->tri = 0;
	s->number = -5;
	s->count = UINT64_MAX;
	s->word = 2;
	assert_int_equal(strv_add(&s->words, "a", &e), 0);
	assert_int_equal(strv_add(&s->words, "", &e), 0);
	assert_int_equal(strv_add(&s->map, "k=v=w", &e), 0);
	assert_int_equal(str_copy("inner", &s->inner.name, &e), 0);
	part = field_list_add(&s->parts, part_fields, sizeof(*part));
	assert_int_equal(str_copy("first", &part->name, &e), 0);
	part->size = 1;
	part = field_list_add(&s->parts, part_fields, sizeof(*part));
	assert_int_equal(str_copy("second", &part->name, &e), 0);
}

#endif
