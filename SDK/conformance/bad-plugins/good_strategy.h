/* good_strategy.h - a correct strategy: asks, asks for a check, answers; the turn travels in the state. */
#include "good_module.h"
#define KIND POLYA_STRATEGY

#ifndef HEURISTICS
#define HEURISTICS { TEXT("plan"), TEXT("test"), TEXT("Plan"), TEXT("Plan first.") }, \
                   { TEXT("look-back"), TEXT("test"), TEXT("Look back"), TEXT("Check.") }
#endif
#ifndef LAST_TURN
#define LAST_TURN item->turn >= 2
#endif
#ifndef QUESTION
#define QUESTION item->question
#endif
#ifndef STATE_SIZE
#define STATE_SIZE 4
#endif
#ifndef ASK_ACTION
#define ASK_ACTION POLYA_MOVE_ASK
#endif
#ifndef SEGMENT_END
#define SEGMENT_END item->answer.size
#endif

static const PolyaHeuristic heuristics[] = { HEURISTICS };

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaStrategyInfo *out) {
  (void)self;
  (void)call;
  out->heuristics = (PolyaRows){ heuristics, sizeof heuristics / sizeof heuristics[0], sizeof heuristics[0], 0 };
  return POLYA_OK;
}

static PolyaStatus turn(PolyaInstance *self, const PolyaCall *call, const PolyaStrategyItem *item,
    PolyaStrategyMove *move) {
  (void)self;
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
  message->role = AS_TEXT("user");
  message->content = item->turn ? AS_TEXT("Check it.") : QUESTION;
  move->messages = (PolyaRows){ message, 1, sizeof *message, 0 };
  move->state = (PolyaBytes){ state, STATE_SIZE };
  move->action = ASK_ACTION;
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
    if (!part) {
      row->status = call->fail(call, POLYA_OUT_OF_MEMORY, AS_TEXT("arena"));
    } else {
      *part = (PolyaSegment){ { 0, SEGMENT_END }, AS_TEXT("plan") };
      row->segments = (PolyaRows){ part, 1, sizeof *part, 0 };
    }
    FINISHED;
  }
  return POLYA_OK;
}

static const PolyaStrategy functions = { sizeof functions, 0, describe, next, segment };
#include "good_end.h"
