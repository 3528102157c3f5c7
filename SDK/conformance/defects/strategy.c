/* strategy.c - a correct strategy for questions that begin with "Colour: " only, so that the checker's own rows do not fit:
 * asks, asks for a check, answers. Each line of strategy.txt defines macros that make it wrong. */
#include "../bad-plugins/good_module.h"
#include <unistd.h>
#define KIND POLYA_STRATEGY

#ifndef BEFORE /* a turn */
#define BEFORE
#endif
#ifndef AFTER /* a turn: changes the move */
#define AFTER
#endif
#ifndef LAST_TURN
#define LAST_TURN item->turn >= 2
#endif
#ifndef MESSAGES
#define MESSAGES 1
#endif
#ifndef ROLE
#define ROLE AS_TEXT("user")
#endif
#ifndef CONTENT
#define CONTENT item->turn ? AS_TEXT("Check it.") : item->question
#endif
#ifndef STATE_SIZE
#define STATE_SIZE 4
#endif
#ifndef SEGMENT
#define SEGMENT { 0, item->answer.size }
#endif

static const PolyaHeuristic heuristics[] = { { TEXT("plan"), TEXT("test"), TEXT("Plan"), TEXT("Plan first.") } };

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaStrategyInfo *out) {
  (void)self;
  (void)call;
  out->heuristics = (PolyaRows){ heuristics, 1, sizeof heuristics[0], 0 };
  return POLYA_OK;
}

static int is_mine(PolyaText question) { return question.size >= 8 && !memcmp(question.data, "Colour: ", 8); }

static PolyaStatus turn(PolyaInstance *self, const PolyaCall *call, const PolyaStrategyItem *item,
                        PolyaStrategyMove *move) {
  (void)self;
  if (!is_mine(item->question)) return call->fail(call, POLYA_BAD_ARGUMENT, AS_TEXT("the question is about no colour"));
  BEFORE;
  move->temperature = -1;
  if (LAST_TURN) {
    move->action = POLYA_MOVE_ANSWER;
    if (item->transcript.count)
      move->answer = POLYA_ROW(PolyaMessage, item->transcript, item->transcript.count - 1)->content;
    return POLYA_OK;
  }
  PolyaMessage *message = call->alloc(call, sizeof *message, 8);
  uint8_t *state = call->alloc(call, STATE_SIZE, 1);
  if (!message || !state) return call->fail(call, POLYA_OUT_OF_MEMORY, AS_TEXT("arena"));
  state[0] = (uint8_t)item->turn;
  message->role = ROLE;
  message->content = CONTENT;
  move->messages = (PolyaRows){ message, MESSAGES, sizeof *message, 0 };
  move->state = (PolyaBytes){ state, STATE_SIZE };
  move->action = POLYA_MOVE_ASK;
  AFTER;
  return POLYA_OK;
}

static PolyaStatus next(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  for (uint64_t i = 0; i < in.count; i++) {
    STOP;
    PolyaStrategyMove *move = POLYA_ROW_MUT(PolyaStrategyMove, out, i);
    move->status = turn(self, call, POLYA_ROW(PolyaStrategyItem, in, i), move);
    FINISHED;
  }
  return POLYA_OK;
}

static PolyaStatus segment(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < in.count; i++) {
    STOP;
    const PolyaAnswerItem *item = POLYA_ROW(PolyaAnswerItem, in, i);
    PolyaSegmentation *row = POLYA_ROW_MUT(PolyaSegmentation, out, i);
    PolyaSegment *part = call->alloc(call, sizeof *part, 8);
    if (!part || !is_mine(item->question)) {
      row->status = call->fail(call, part ? POLYA_BAD_ARGUMENT : POLYA_OUT_OF_MEMORY, AS_TEXT("no parts"));
    } else {
      *part = (PolyaSegment){ SEGMENT, AS_TEXT("plan") };
      row->segments = (PolyaRows){ part, 1, sizeof *part, 0 };
    }
    FINISHED;
  }
  return POLYA_OK;
}

static const PolyaStrategy functions = { sizeof functions, 0, describe, next, segment };
#include "../bad-plugins/good_end.h"
