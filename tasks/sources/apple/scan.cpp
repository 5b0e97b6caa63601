// Lines of an Apple Health export into typed columns, one pass. Anything that is not written exactly as the Health app
// writes it makes `scan_records` return -1, and the caller reads the piece another way: nothing is guessed here.
// Every read stays inside [text, text + size): a pointer is compared with the end before it is followed.
// A line whose bytes are those of a line before it, but for its times and its value, says the same and is not parsed anew.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "values.hpp"
#include "xml.hpp"

namespace {

constexpr int WORDS = 4096;
constexpr size_t DEEPEST = 16;
constexpr size_t REMEMBERED = 8;
enum Dictionary { TYPE, SOURCE, UNIT, TEXT, VERSION, DICTIONARIES };
enum Attribute { A_TYPE, A_SOURCE, A_UNIT, A_START, A_END, A_VALUE, A_VERSION, A_DEVICE, A_CREATION, ATTRIBUTES };
constexpr string_view NAMES[ATTRIBUTES] = {"type", "sourceName", "unit", "startDate", "endDate",
                                           "value", "sourceVersion", "device", "creationDate"};

class Words {
  public:
    explicit Words(const char* text) : base(text) {}

    // Number of a word in order of first appearance; -1 for the empty word, -2 when there are too many.
    int32_t code(string_view word) {
        if (word.empty()) return -1;
        if (last >= 0 && spans[last] == word) return last;
        const auto found = index.find(word);
        if (found != index.end()) return last = found->second;
        if (spans.size() == WORDS) return -2;
        last = static_cast<int32_t>(spans.size());
        index.emplace(word, last);
        spans.push_back(word);
        return last;
    }

    int64_t write(int64_t* out) const {
        for (size_t n = 0; n < spans.size(); n++) {
            out[2 * n] = spans[n].data() - base;
            out[2 * n + 1] = static_cast<int64_t>(spans[n].size());
        }
        return static_cast<int64_t>(spans.size());
    }

  private:
    const char* base;
    int32_t last = -1;
    std::vector<string_view> spans;
    std::unordered_map<string_view, int32_t> index;
};

// Values of the attributes of a record by their number; false for an attribute that is not known.
bool known(const Tag& tag, string_view (&values)[ATTRIBUTES]) {
    for (int n = 0; n < tag.count; n++) {
        int which = 0;
        while (which < ATTRIBUTES && NAMES[which] != tag.pairs[n].name) which++;
        if (which == ATTRIBUTES) return false;
        values[which] = tag.pairs[n].value;
    }
    return true;
}

bool skip(const char*& at, const char* stop, string_view text) {
    if (stop - at < static_cast<std::ptrdiff_t>(text.size()) || std::memcmp(at, text.data(), text.size())) return false;
    at += text.size();
    return true;
}

// A record without its line number.
struct Record {
    int32_t code[DICTIONARIES];
    Moment start, finish;
    string_view value;
    bool category, alone;
};

// The bytes of a record's line before its first time, and what they say.
struct Shape {
    string_view before;
    Record record;
    bool created;

    // The line at `at` as a record; false, with `at` where it was, if it is not of this shape to its last byte.
    bool read(const char*& at, const char* stop, Clock& clock, Record& out) const {
        const char* here = at;
        const auto time = [&](Moment& moment) {
            if (stop - here < Clock::LENGTH || !clock.read(here, moment)) return false;
            here += Clock::LENGTH;
            return true;
        };
        if (!skip(here, stop, before)) return false;
        out = record;
        if (created && !(time(out.start) && skip(here, stop, "\" startDate=\""))) return false;
        if (!time(out.start) || !skip(here, stop, "\" endDate=\"") || !time(out.finish)) return false;
        if (!skip(here, stop, "\" value=\"")) return false;
        const char* begin = here;
        while (here < stop && (word(*here) || *here == '.' || *here == '-')) here++;
        out.value = string_view(begin, static_cast<size_t>(here - begin));
        if (out.value.empty() || !skip(here, stop, "\"")) return false;
        out.alone = skip(here, stop, "/");
        if (!skip(here, stop, ">\n")) return false;
        at = here;
        return true;
    }
};

// The shape of a line that was parsed, if its last attributes are its times and its value.
bool shape_of(const Tag& tag, const char* line, const Record& record, Shape& out) {
    constexpr Attribute LAST[] = {A_VALUE, A_END, A_START, A_CREATION};
    int found = 0;
    while (found < 4 && found < tag.count && tag.pairs[tag.count - 1 - found].name == NAMES[LAST[found]]) found++;
    if (found < 3) return false;
    const char* first = tag.pairs[tag.count - found].value.data();
    out = {string_view(line, static_cast<size_t>(first - line)), record, found == 4};
    return true;
}

// What was seen last, most recent first.
template <class Seen>
class Recent {
  public:
    template <class Same>
    bool find(Same same) {
        for (size_t n = 0; n < seen.size(); n++)
            if (same(seen[n])) {
                if (n) std::swap(seen[n], seen[n - 1]);
                return true;
            }
        return false;
    }

    void add(const Seen& one) {
        if (seen.size() == REMEMBERED) seen.pop_back();
        seen.insert(seen.begin(), one);
    }

  private:
    std::vector<Seen> seen;
};

}  // namespace

struct Columns {
    int32_t* code[DICTIONARIES];
    int32_t* line;
    int64_t* start;    // microseconds since 1970-01-01, UTC
    int32_t* seconds;  // from start to end by the wall clock
    int16_t* offset;   // minutes from UTC
    double* value;     // not a number where none is written
    int64_t* words;    // DICTIONARIES x WORDS x (offset in the text, length)
    int64_t* counts;   // DICTIONARIES: words; then whether there is a workout or a summary
};

namespace {

bool put(const Record& record, int64_t line, int64_t row, const Columns& out) {
    const int64_t seconds = record.finish.seconds - record.start.seconds;
    if (seconds < -86400 || seconds > std::numeric_limits<int32_t>::max()) return false;
    double value = std::numeric_limits<double>::quiet_NaN();
    if (!record.category && !number_of(record.value, value)) return false;
    for (int n = 0; n < DICTIONARIES; n++) out.code[n][row] = record.code[n];
    out.line[row] = static_cast<int32_t>(line);
    out.start[row] = (record.start.seconds - record.start.minutes * 60) * 1000000;
    out.seconds[row] = static_cast<int32_t>(seconds);
    out.offset[row] = static_cast<int16_t>(record.start.minutes);
    out.value[row] = value;
    return true;
}

class Scan {
  public:
    Scan(const char* text, int64_t size, int64_t line, int64_t room, const Columns& columns)
        : at(text), stop(text + size), number(line), capacity(room), out(columns),
          words{Words(text), Words(text), Words(text), Words(text), Words(text)} {}

    int64_t run() {
        for (; at < stop; number++)
            if (!seen_before() && !line()) return -1;
        if (!open.empty()) return -1;
        for (int n = 0; n < DICTIONARIES; n++) out.counts[n] = words[n].write(out.words + 2 * WORDS * n);
        out.counts[DICTIONARIES] = activity;
        return rows;
    }

  private:
    // Take a line that differs from one before in times and value only; `at` stays where it was if it is none.
    bool seen_before() {
        Record record;
        const char* begin = at;
        if (shapes.find([&](const Shape& shape) { return shape.read(at, stop, clock, record); })) {
            if (record.category && (record.code[TEXT] = words[TEXT].code(record.value)) == -2) return at = begin, false;
            if (rows == capacity || open.size() == DEEPEST || !put(record, number, rows, out)) return at = begin, false;
            if (!record.alone) open.push_back("Record");
            rows++;
            return true;
        }
        if (!open.empty() && open.back() == "Record" && skip(at, stop, " </Record>\n")) return open.pop_back(), true;
        return others.find([&](string_view other) { return skip(at, stop, other); });
    }

    // Parse a line; false when it is not as it should be.
    bool line() {
        const char* begin = at;
        const auto* end = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(stop - at)));
        const char* next = end ? end + 1 : stop;
        if (!end) end = stop;
        while (at < end && (*at == ' ' || *at == '\t')) at++;
        end -= end > at && end[-1] == '\r' && next[-1] == '\n';
        while (end > at && (end[-1] == ' ' || end[-1] == '\t')) end--;
        if (!legal(at, end)) return false;
        const string_view text(at, static_cast<size_t>(end - at));
        at = next;
        if (text.empty()) return true;
        if (text.front() != '<' || text.back() != '>' || text.find('<', 1) != string_view::npos) return false;
        if (!tag_of(text, tag)) return false;
        if (tag.closing) {
            if (open.empty() || open.back() != tag.name) return false;
            open.pop_back();
            return true;
        }
        if (!tag.alone) open.push_back(tag.name);
        if (open.size() > DEEPEST) return false;
        if (tag.name == "Record") return record(begin);
        const bool active = tag.name == "Workout" || tag.name == "ActivitySummary";
        activity |= active;
        if (tag.alone && !active && next[-1] == '\n') others.add(string_view(begin, static_cast<size_t>(next - begin)));
        return true;
    }

    bool record(const char* begin) {
        string_view values[ATTRIBUTES];
        Record made{};
        if (rows == capacity || !known(tag, values)) return false;
        if (values[A_TYPE].empty() || !moment_of(values[A_START], made.start) || !moment_of(values[A_END], made.finish))
            return false;
        made.category = begins(values[A_TYPE], "HKCategoryTypeIdentifier");
        made.value = values[A_VALUE];
        const string_view text = made.category ? made.value : "";
        const string_view named[] = {values[A_TYPE], values[A_SOURCE], values[A_UNIT], text, values[A_VERSION]};
        for (int n = 0; n < DICTIONARIES; n++)
            if ((made.code[n] = words[n].code(named[n])) == -2) return false;
        if (!put(made, number, rows, out)) return false;
        rows++;
        Shape shape;
        if (shape_of(tag, begin, made, shape)) shapes.add(shape);
        return true;
    }

    const char *at, *stop;
    int64_t number, capacity, rows = 0;
    const Columns& out;
    bool activity = false;
    Words words[DICTIONARIES];
    std::vector<string_view> open;
    Recent<Shape> shapes;
    Recent<string_view> others;
    Clock clock;
    Tag tag;
};

}  // namespace

extern "C" int64_t scan_records(const char* text, int64_t size, int64_t first_line, int64_t capacity, Columns* out) {
    return Scan(text, size, first_line, capacity, *out).run();
}
