/* polya_boundary.hpp - the C side of polya.hpp: rows, the arena, trampolines. Authors need not read it. */
#ifndef POLYA_BOUNDARY_HPP
#define POLYA_BOUNDARY_HPP

#include "polya_roles.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>

namespace polya {
namespace boundary {

/* ---- rows: only the bytes inside the stride are read or written ------------------------------------------------- */

template <class Row>
Row read(const void *base, std::uint64_t index, std::uint32_t stride) {
  Row row{};
  std::memcpy(static_cast<void *>(&row), static_cast<const char *>(base) + index * stride,
              std::min<std::size_t>(sizeof row, stride));
  return row;
}

template <class Row>
Row read(PolyaRows rows, std::uint64_t index) {
  return read<Row>(rows.base, index, rows.stride);
}

template <class Row>
void write(PolyaRowsMut rows, std::uint64_t index, const Row &row) {
  std::memcpy(static_cast<char *>(rows.base) + index * rows.stride, &row,
              std::min<std::size_t>(sizeof row, rows.stride));
}

inline void same_count(std::uint64_t in, std::uint64_t out) {
  if (in != out) throw Failure(Code::bad_argument, "there are not as many output rows as inputs");
}

/* ---- results: copies in the call's arena ------------------------------------------------------------------------ */

class Arena {
 public:
  explicit Arena(const PolyaCall *call) : call_(call) {}

  template <class T>
  T *array(std::size_t count) const {
    if (count == 0) return nullptr;
    if (count > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_alloc();
    void *memory = call_->alloc(call_, count * sizeof(T), alignof(T));
    if (!memory) throw std::bad_alloc();
    return static_cast<T *>(memory);
  }
  template <class T>
  T *copy(const std::vector<T> &values) const {
    T *memory = array<T>(values.size());
    if (memory) std::memcpy(memory, values.data(), values.size() * sizeof(T));
    return memory;
  }
  PolyaText text(std::string_view text) const {
    char *memory = array<char>(text.size());
    if (memory) std::memcpy(memory, text.data(), text.size());
    return {memory, text.size()};
  }
  PolyaBytes bytes(std::string_view bytes) const {
    const PolyaText copy = text(bytes);
    return {reinterpret_cast<const std::uint8_t *>(copy.data), copy.size};
  }
  PolyaTokens tokens(const std::vector<std::int32_t> &ids) const { return {copy(ids), ids.size()}; }

  /* A C row for every value. */
  template <class Raw, class Value, class Make>
  PolyaRows rows(const std::vector<Value> &values, Make make) const {
    Raw *memory = array<Raw>(values.size());
    for (std::size_t i = 0; i < values.size(); i++) memory[i] = make(values[i]);
    return {memory, values.size(), sizeof(Raw), 0};
  }
  PolyaRows messages(const std::vector<Message> &messages) const {
    return rows<PolyaMessage>(messages,
                              [this](const Message &m) { return PolyaMessage{text(m.role), text(m.content)}; });
  }
  PolyaRows texts(const std::vector<std::string> &texts) const {
    return rows<PolyaText>(texts, [this](const std::string &t) { return text(t); });
  }
  PolyaRows heuristics(const std::vector<Heuristic> &heuristics) const {
    return rows<PolyaHeuristic>(heuristics, [this](const Heuristic &h) {
      return PolyaHeuristic{text(h.id), text(h.family), text(h.title), text(h.idea)};
    });
  }
  PolyaRows segments(const std::vector<Segment> &segments) const {
    return rows<PolyaSegment>(segments, [this](const Segment &s) {
      return PolyaSegment{{s.begin, s.end}, text(s.label)};
    });
  }
  PolyaRows notes(const std::vector<Note> &notes) const {
    return rows<PolyaNote>(notes, [this](const Note &n) {
      return PolyaNote{text(n.code), text(n.message), {n.begin, n.end}, n.severity, 0};
    });
  }

 private:
  const PolyaCall *call_;
};

/* ---- inputs ----------------------------------------------------------------------------------------------------- */

template <class Raw, class Make>
auto collect(PolyaRows rows, Make make) {
  std::vector<decltype(make(std::declval<Raw>()))> values;
  values.reserve(rows.count);
  for (std::uint64_t i = 0; i < rows.count; i++) values.push_back(make(read<Raw>(rows, i)));
  return values;
}
inline std::vector<MessageView> messages(PolyaRows rows) {
  return collect<PolyaMessage>(rows, [](const PolyaMessage &m) { return MessageView{view(m.role), view(m.content)}; });
}
inline std::vector<Exemplar> exemplars(PolyaRows rows) {
  return collect<PolyaExemplar>(
      rows, [](const PolyaExemplar &e) { return Exemplar{view(e.question), view(e.heuristic), view(e.solution)}; });
}

/* ---- trampolines: nothing is thrown past them ------------------------------------------------------------------- */

/* Call it in a catch block. */
inline PolyaStatus report(const PolyaCall *call) noexcept {
  try {
    throw;
  } catch (const Failure &failure) {
    return call->fail(call, static_cast<PolyaStatus>(failure.code()), polya::text(failure.what()));
  } catch (const std::bad_alloc &) {
    return call->fail(call, POLYA_OUT_OF_MEMORY, polya::text("no memory for the result"));
  } catch (const std::exception &error) {
    return call->fail(call, POLYA_INTERNAL, polya::text(error.what()));
  } catch (...) {
    return call->fail(call, POLYA_INTERNAL, polya::text("an exception of an unknown type was thrown"));
  }
}

template <class Role>
Role &role(PolyaInstance *self) {
  return static_cast<Role &>(*reinterpret_cast<Plugin *>(self));
}

/* One answer for the whole call. */
template <class Body>
PolyaStatus answer(const PolyaCall *call, Body body) noexcept {
  try {
    body();
    return POLYA_OK;
  } catch (...) {
    return report(call);
  }
}

/* Row by row: a row that throws fails alone, unless the host has asked to stop. */
template <class Out, class Work>
PolyaStatus rows(const PolyaCall *call, PolyaRowsMut out, Work work) noexcept {
  for (std::uint64_t i = 0; i < out.count; i++) {
    if (const PolyaStatus stop = call->stop(call)) return stop;
    Out row{};
    try {
      work(i, row);
    } catch (...) {
      if (const PolyaStatus stop = call->stop(call)) return stop;
      row = Out{};
      row.status = report(call);
    }
    write(out, i, row);
    call->finished(call, i);
  }
  return POLYA_OK;
}

}  // namespace boundary
}  // namespace polya

#endif
