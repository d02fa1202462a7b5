#include "model/tune.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "json.h"
#include "model/choice.h"
#include "model/difference.h"
#include "model/run.h"
#include "model/watch.h"
#include "values/value.h"

namespace tsrt {
namespace {

using Clock = std::chrono::steady_clock;

// Some plans look at a shape's first calls and are themselves from then on. A model with state is
// held to its exact results over more calls, since differences could grow.
constexpr int calls_stateless = 4;
constexpr int calls_stateful = 16;

constexpr double tolerance_float32 = 1e-4;
constexpr double tolerance_bfloat16 = 2e-2;
constexpr double worth_it = 0.97;  // of the exact graph's time; what is nearer is noise
constexpr int most_rounds = 15;
constexpr int fewest_rounds = 3;

double median(std::vector<double> values) {
  const auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// A copy of the model, with state of its own, that runs by one plan.
class Trial {
 public:
  Trial(const tsrt_model& model, const Program& program, const std::string& method)
      : program_(std::make_shared<Program>(program.clone())),
        session_(std::make_shared<Session>(std::make_shared<Context>(), without_timeout(model),
                                           model.session)),
        method_(method) {
    program_->choose(method, nullptr);
  }

  void run_by(PlanPtr plan) { program_->choose(method_, std::move(plan)); }

  c10::IValue run(const Arguments& arguments) {
    const Call call(*session_, [&](bool alone) { return program_->target(method_, alone); });
    const std::unique_ptr<tsrt_value, void (*)(tsrt_value*)> result(
        run_on_values(call, {session_, program_->device()}, arguments), tsrt_value_free);
    return result->value;
  }

  // Seconds a call.
  double time(const Arguments& arguments, int calls) {
    const auto begin = Clock::now();
    for (int i = 0; i < calls; ++i) run(arguments);
    return std::chrono::duration<double>(Clock::now() - begin).count() / calls;
  }

 private:
  // A cancel of the model stops the tuning as well.
  static CallOptions without_timeout(const tsrt_model& model) {
    CallOptions options = model.session->options;
    options.timeout.reset();
    return options;
  }

  const std::shared_ptr<Program> program_;
  const std::shared_ptr<Session> session_;
  const std::string method_;
};

struct Candidate {
  const PlanKind* kind = nullptr;  // none for the exact graph
  std::unique_ptr<Trial> trial = {};
  PlanPtr plan = {};
  std::string dropped = {};  // why, if it was
  std::optional<double> error = {};
  std::vector<std::vector<double>> times = {};  // seconds a call, by example and round

  std::string_view name() const { return kind ? kind->name : "exact"; }
};

class Tuning {
 public:
  Tuning(const tsrt_model& model, Program program, const std::string& method,
         const std::vector<Arguments>& examples, const TuneOptions& options)
      : model_(model),
        program_(std::move(program)),
        name_(method),
        examples_(examples),
        options_(options),
        method_(method_called(method)) {}

  void run() {
    expect();
    for (const PlanKind& kind : plan_kinds()) {
      if (!kind.bfloat16 || options_.bfloat16) candidates_.push_back(attempt(kind));
    }
    measure();
    choose();
  }

  const Candidate& best() const { return candidates_[best_]; }
  std::string report() const;

 private:
  const Method& method_called(const std::string& name) const {
    for (const Method& method : program_.methods()) {
      if (method.schema->name() == name) return method;
    }
    method_of(*program_.module(), name);  // lists those there are
    fail(TSRT_NOT_FOUND, "method '", name, "' is not one of the model's own");
  }

  std::vector<c10::IValue> results_of(Trial& trial) const {
    const int calls = method_.effects.writes_state ? calls_stateful : calls_stateless;
    std::vector<c10::IValue> results;
    for (int i = 0; i < calls; ++i) {
      for (const Arguments& example : examples_) results.push_back(trial.run(example));
    }
    return results;
  }

  // What every plan is held to.
  void expect() {
    Candidate exact{};
    exact.trial = std::make_unique<Trial>(model_, program_, name_);
    exact.error = 0;
    expected_ = results_of(*exact.trial);
    Trial again(model_, program_, name_);
    repeatable_ = worst(results_of(again)) == 0;
    candidates_.push_back(std::move(exact));
  }

  // The largest difference from what is expected.
  std::optional<double> worst(const std::vector<c10::IValue>& results) const {
    double largest = 0;
    for (size_t i = 0; i < results.size(); ++i) {
      const auto each = difference(expected_[i], results[i]);
      if (!each) return std::nullopt;
      largest = std::max(largest, *each);
    }
    return largest;
  }

  Candidate attempt(const PlanKind& kind) const {
    Candidate candidate{&kind};
    try {
      if (!repeatable_) fail(TSRT_UNSUPPORTED, "results differ from one exact run to the next");
      candidate.plan = program_.make_plan(kind, method_);
      if (!candidate.plan) fail(TSRT_UNSUPPORTED, "there is nothing for it in the graph");
      candidate.trial = std::make_unique<Trial>(model_, program_, name_);
      candidate.trial->run_by(candidate.plan);
      judge(candidate, results_of(*candidate.trial));
    } catch (const std::bad_alloc&) {
      throw;
    } catch (...) {
      const Failure failure = current_failure(TSRT_UNSUPPORTED);
      if (failure.code == TSRT_CANCELLED || failure.code == TSRT_OUT_OF_MEMORY) throw;
      candidate.dropped = failure.message;
    }
    return candidate;
  }

  void judge(Candidate& candidate, const std::vector<c10::IValue>& results) const {
    candidate.error = worst(results);
    if (!candidate.error) {
      candidate.dropped = "results are not the same in shape, dtype or whole numbers";
    } else if (*candidate.error > tolerance(*candidate.kind)) {
      candidate.dropped = concat("results are off by more than ", tolerance(*candidate.kind));
    }
  }

  double tolerance(const PlanKind& kind) const {
    return options_.tolerance.value_or(kind.bfloat16 ? tolerance_bfloat16 : tolerance_float32);
  }

  // Round by round and side by side, so that noise hits all alike.
  void measure() {
    std::vector<Candidate*> left;
    for (Candidate& each : candidates_) {
      each.times.resize(examples_.size());
      if (each.dropped.empty()) left.push_back(&each);
    }
    for (size_t i = 0; i < examples_.size(); ++i) {
      const double share = options_.seconds / static_cast<double>(examples_.size());
      const double one = candidates_[0].trial->time(examples_[i], 1);
      const double round = share / static_cast<double>(left.size() * most_rounds);
      const int calls = static_cast<int>(std::clamp(round / one, 1.0, 1e5));
      const auto end = Clock::now() + std::chrono::duration<double>(share);
      for (int n = 0; n < most_rounds && (n < fewest_rounds || Clock::now() < end); ++n) {
        std::rotate(left.begin(), left.begin() + 1, left.end());
        for (Candidate* each : left)
          each->times[i].push_back(each->trial->time(examples_[i], calls));
      }
    }
  }

  // Time by the exact graph's: the geometric mean over the examples.
  double ratio(const Candidate& candidate) const {
    double sum = 0;
    for (size_t i = 0; i < examples_.size(); ++i)
      sum += std::log(median(candidate.times[i]) / median(candidates_[0].times[i]));
    return std::exp(sum / static_cast<double>(examples_.size()));
  }

  void choose() {
    double least = worth_it;
    for (size_t i = 1; i < candidates_.size(); ++i) {
      if (!candidates_[i].dropped.empty() || ratio(candidates_[i]) >= least) continue;
      least = ratio(candidates_[i]);
      best_ = i;
    }
  }

  void write(Json& out, const Candidate& candidate) const;

  const tsrt_model& model_;
  const Program program_;
  const std::string name_;
  const std::vector<Arguments>& examples_;
  const TuneOptions options_;
  const Method& method_;
  std::vector<c10::IValue> expected_;
  bool repeatable_ = true;
  std::vector<Candidate> candidates_;
  size_t best_ = 0;
};

void Tuning::write(Json& out, const Candidate& candidate) const {
  out.begin_object();
  out.key("name");
  out.string(candidate.name());
  out.key("what");
  out.string(candidate.kind ? candidate.kind->what : "the plain graph");
  out.key("chosen");
  out.boolean(&candidate == &best());
  out.key("dropped");
  candidate.dropped.empty() ? out.null() : out.string(candidate.dropped);
  out.key("error");
  candidate.error ? out.number(*candidate.error) : out.null();
  const bool timed = candidate.dropped.empty();
  out.key("ratio");
  timed ? out.number(ratio(candidate)) : out.null();
  out.key("seconds");
  out.begin_array();
  for (const auto& times : candidate.times) {
    if (timed) out.number(median(times));
  }
  out.end_array();
  out.end_object();
}

std::string Tuning::report() const {
  Json out;
  out.begin_object();
  out.key("method");
  out.string(name_);
  out.key("plan");
  out.string(best().name());
  out.key("plans");
  out.begin_array();
  for (const Candidate& candidate : candidates_) write(out, candidate);
  out.end_array();
  out.key("file");
  Choice choice = program_.chosen();
  choice.erase(name_);
  if (best().kind) choice.emplace(name_, best().name());
  out.string(to_text(choice));
  out.end_object();
  return out.text();
}

std::vector<Arguments> examples_of(const tsrt_value* examples, const Context& context) {
  const Arguments given = arguments_of(examples, nullptr, &context);
  require(!given.positional.empty(), "there are no examples: give at least one");
  std::vector<Arguments> result;
  for (const c10::IValue& example : given.positional) {
    require(example.isTuple() || example.isList(), "an example is ", kind_name(example),
            ", not a tuple or list of arguments");
    result.push_back({items_of(example).vec(), {}});
  }
  return result;
}

Program copy_of(const tsrt_model& model, uint64_t& changes) {
  const Writing writing = write(model.context());
  if (model.program->stale()) model.program->refresh();
  changes = model.program->changes();
  return model.program->clone();
}

}  // namespace

std::string tune(const tsrt_model& model, const std::string& method,
                 const std::vector<Arguments>& examples, const TuneOptions& options) {
  uint64_t changes = 0;
  Program copy = copy_of(model, changes);
  if (copy.stale()) copy.refresh();
  Tuning tuning(model, std::move(copy), method, examples, options);
  tuning.run();
  const Writing writing = write(model.context());
  if (model.program->changes() != changes)
    fail(TSRT_INVALID_ARGUMENT, "the model was changed while it was tuned: tune it again");
  model.program->choose(method, tuning.best().plan);
  return tuning.report();
}

}  // namespace tsrt

tsrt_error* tsrt_model_tune(tsrt_model* model, const char* method, const tsrt_value* examples,
                            const char* options, char** report) {
  return tsrt::guard([&] {
    tsrt::require(report, "report is NULL: give a place for the text");
    *report = nullptr;
    const tsrt::ModelPtr held = tsrt::hold(model);
    tsrt::require(method, "method is NULL: give a name such as \"forward\"");
    const auto parsed = tsrt::parse_tune_options(options);
    const auto arguments = tsrt::examples_of(examples, held->context());
    *report = tsrt::new_string(tsrt::tune(*held, method, arguments, parsed));
  });
}
