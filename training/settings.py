"""All settings of a training run, as one YAML file holds them."""

from __future__ import annotations

from pydantic import Field, model_validator

from training.data.settings import DataSettings
from training.trainer.settings import TrainerSettings


class TrainingSettings(TrainerSettings):
    data: DataSettings = Field(description="what is trained on")

    @model_validator(mode="after")
    def _events_are_placed(self) -> TrainingSettings:
        if self.data.text.plan != "shots" and self.attention.time == "off":
            raise ValueError(
                f"data.text.plan is {self.data.text.plan!r}, but attention.time 'off' tells the model no event's time; "
                "set attention.time to sampled, or data.text.plan to shots"
            )
        return self
