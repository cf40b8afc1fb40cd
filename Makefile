# Every target makes its environment first where that is missing (scripts/launch); nothing else is needed
# beforehand but make and Python >= 3.11. More arguments: make train ARGS='--set seed=7'.
.POSIX:
.PHONY: help train test ui workbench score lint types layers mutants notebooks docs package lock lowest

EXPERIMENT = experiments/rp_ld_il2.toml
PROFILE = data/rp_ld_il2/example_profile.json
ARGS =
RUN = scripts/launch

help:       ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

train:      ## train, validate, explain and track the experiment (EXPERIMENT=path)
	@$(RUN) responder train $(EXPERIMENT) $(ARGS)

score:      ## score a profile with the trained bundle (PROFILE=path)
	@$(RUN) responder score $(PROFILE) $(ARGS) || test $$? -eq 5  # to abstain is an answer

ui:         ## open the MLflow UI on the project's runs
	@$(RUN) responder ui $(ARGS)

workbench:  ## open the workbench: pages that lead from a file to a report
	@$(RUN) responder workbench $(ARGS)

test:       ## the tests
	@scripts/browser
	@scripts/postgres
	@$(RUN) pytest -n 3 --dist worksteal $(ARGS)

lint:       ## style, dead code and prose
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) vulture
	@$(RUN) pytest -q tests/test_prose.py tests/words/test_glossary.py

types:      ## mypy, strict
	@$(RUN) mypy

layers:     ## which package may import which
	@$(RUN) lint-imports

mutants:    ## change lines one at a time: does a test notice? (ARGS='--sample 20 src/responder/plan/power.py')
	@$(RUN) python scripts/mutants.py $(ARGS)

notebooks:  ## execute the notebooks and keep their outputs (CI=true: compare instead)
	@$(RUN) python scripts/notebooks.py $(if $(CI),--check)

docs:       ## the documentation as a site, in site/; a broken link is an error
	@NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict --quiet

package:    ## build the wheel, install it in empty environments and use it there
	@$(RUN) python scripts/package.py

lock:       ## resolve the dependencies of pyproject.toml anew (needs uv)
	@uv lock --upgrade --quiet
	@uv export --quiet --extra all --no-emit-project --no-header --output-file requirements.lock
	@rm -f uv.lock

lowest:     ## the tests with the lowest versions that pyproject.toml allows (needs uv; ARGS='tests/validate')
	@scripts/lowest $(ARGS)
