# Every target does its own set-up: find Python, make .venv, install requirements.lock.
BIN := .venv/bin
unexport PYTHONDONTWRITEBYTECODE # compiling every import anew takes half of a short run
TWO := -n 2 --dist loadfile # a quarter faster on two cores; a file's fixtures are made once
.PHONY: demo test check lint known-answers bench-engine bench-engine-quick calibration clean setup

demo: setup ## the shipped study, from raw export to report, offline
	$(BIN)/causal-ssm demo

test: setup ## the default test run
	$(BIN)/python -m pytest -q $(TWO)

check: setup ## the fast part: nothing that draws from a posterior
	$(BIN)/python -m pytest -q $(TWO) -m "not mcmc and not slow and not calibration and not browser and not llm_server and not faults"

lint: setup ## style, types, import directions, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/ty check
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell

known-answers: setup ## the page of published numbers this project recovers
	$(BIN)/python -m benchmarks.known_answers

bench-engine: setup ## speed beside the field's libraries: hours; a run that was stopped goes on where it was
	sh scripts/peers.sh
	$(BIN)/python -m benchmarks.engine

bench-engine-quick: setup ## our methods, dynamax and cuthbert on one data set: three minutes
	sh scripts/peers.sh
	$(BIN)/python -m benchmarks.engine --quick

calibration: setup ## do posteriors hold what they promise? hours; a run that was stopped goes on where it was
	nice -n 15 $(BIN)/python -m benchmarks.calibration

clean: ## what the tools leave behind; no study, no environment
	rm -rf .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

setup:
	@sh scripts/setup.sh
