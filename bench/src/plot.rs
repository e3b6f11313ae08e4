//! A plot as inline SVG: lines over a logarithmic axis, readable in light and in dark.

use crate::markup::escape;
use crate::quantity::Unit;

/// Lines that share two axes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve {
    pub(crate) title: String,
    /// What the horizontal axis counts.
    pub(crate) across: String,
    pub(crate) unit: Unit,
    pub(crate) series: Vec<Series>,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// From left to right; where from and how far is said by the places alone.
    pub(crate) points: Vec<Point>,
}

/// A place on a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    /// As it is written below the axis.
    pub(crate) across: String,
    pub(crate) value: f64,
}

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 46.0;
/// Colours that differ also for those who see few of them; beyond them lines are dashed.
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

impl Curve {
    /// The plot with its title and the names of its lines.
    pub(crate) fn to_svg(&self) -> String {
        let mut svg = format!("<figure><figcaption>{}</figcaption>", escape(&self.title));
        let names = self.places();
        let values = self.series.iter().flat_map(|series| &series.points);
        let values = values.map(|point| point.value).filter(|value| *value > 0.0);
        let (low, high) = values
            .fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        if names.is_empty() || high <= 0.0 {
            svg.push_str("<p>Nothing was measured.</p></figure>");
            return svg;
        }
        let scale = Scale::new(low, high, names.len());
        svg.push_str(&format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escape(&self.title)
        ));
        self.draw_axes(&mut svg, &scale, &names);
        for (index, series) in self.series.iter().enumerate() {
            draw_series(&mut svg, &scale, &names, (index, series), self.unit);
        }
        svg.push_str("</svg>");
        self.draw_legend(&mut svg);
        svg.push_str("</figure>");
        svg
    }

    /// All places of all lines, in the order of the first that has them.
    fn places(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for point in self.series.iter().flat_map(|series| &series.points) {
            if !names.contains(&point.across.as_str()) {
                names.push(&point.across);
            }
        }
        names
    }

    fn draw_axes(&self, svg: &mut String, scale: &Scale, names: &[&str]) {
        for value in scale.marks() {
            let (y, label) = (scale.y(value), self.unit.show(value));
            let (begin, end) = (LEFT, WIDTH - RIGHT);
            svg.push_str(&format!(
                "<line class=\"grid\" x1=\"{begin}\" y1=\"{y:.1}\" x2=\"{end}\" y2=\"{y:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                LEFT - 8.0,
                y + 4.0
            ));
        }
        for (index, name) in names.iter().enumerate() {
            svg.push_str(&format!(
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                scale.x(index),
                HEIGHT - BOTTOM + 18.0,
                escape(name)
            ));
        }
        svg.push_str(&format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            f64::midpoint(LEFT, WIDTH - RIGHT),
            HEIGHT - 8.0,
            escape(&self.across)
        ));
    }

    fn draw_legend(&self, svg: &mut String) {
        svg.push_str("<ul class=\"legend\">");
        for (index, series) in self.series.iter().enumerate() {
            svg.push_str(&format!(
                "<li><svg viewBox=\"0 0 24 8\" width=\"24\" height=\"8\"><line x1=\"0\" y1=\"4\" \
                 x2=\"24\" y2=\"4\" {}/></svg> {}</li>",
                stroke(index),
                escape(&series.name)
            ));
        }
        svg.push_str("</ul>");
    }
}

fn draw_series(
    svg: &mut String,
    scale: &Scale,
    names: &[&str],
    (index, series): (usize, &Series),
    unit: Unit,
) {
    let place = |point: &Point| {
        let across = names.iter().position(|name| *name == point.across)?;
        (point.value > 0.0).then(|| (scale.x(across), scale.y(point.value)))
    };
    let places: Vec<String> =
        series.points.iter().filter_map(place).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    svg.push_str(&format!(
        "<polyline fill=\"none\" points=\"{}\" {}/>",
        places.join(" "),
        stroke(index)
    ));
    for point in &series.points {
        let Some((x, y)) = place(point) else { continue };
        svg.push_str(&format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{}\"><title>{}, {}: {}</title>\
             </circle>",
            COLOURS[index % COLOURS.len()],
            escape(&series.name),
            escape(&point.across),
            unit.show(point.value)
        ));
    }
}

fn stroke(index: usize) -> String {
    let dash = if index < COLOURS.len() { "" } else { " stroke-dasharray=\"5 3\"" };
    format!("stroke=\"{}\" stroke-width=\"2\"{dash}", COLOURS[index % COLOURS.len()])
}

/// From values to places; logarithmic, since a tenth matters as much below as above.
struct Scale {
    low: f64,
    high: f64,
    place_count: usize,
}

impl Scale {
    fn new(low: f64, high: f64, place_count: usize) -> Self {
        Self { low: low / 1.2, high: high * 1.2, place_count }
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value / self.low).ln() / (self.high / self.low).ln();
        HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)
    }

    #[expect(clippy::cast_precision_loss, reason = "a handful of places")]
    fn x(&self, index: usize) -> f64 {
        let step = (WIDTH - LEFT - RIGHT) / self.place_count as f64;
        LEFT + step * (index as f64 + 0.5)
    }

    /// Round values within the scale: 1, 2 and 5 of each power of ten.
    fn marks(&self) -> Vec<f64> {
        let mut marks = Vec::new();
        let mut power = 10_f64.powf(self.low.log10().floor());
        while power <= self.high {
            let own = [1.0, 2.0, 5.0].map(|digit| digit * power);
            marks.extend(own.into_iter().filter(|mark| (self.low..=self.high).contains(mark)));
            power *= 10.0;
        }
        // Over many powers the powers alone are enough.
        if marks.len() > MARKS_MAX {
            marks.retain(|mark| (mark.log10() - mark.log10().round()).abs() < 1e-9);
        }
        marks
    }
}

const MARKS_MAX: usize = 9;

#[cfg(test)]
mod plot_test {
    use super::*;

    fn curve(values: &[f64]) -> Curve {
        let point = |value: &f64| Point { across: format!("{value} <KiB>"), value: *value };
        let points = values.iter().map(point).collect();
        let series = vec![Series { name: String::from("a & b"), points }];
        let title = String::from("<script>");
        Curve { title, across: String::from("size"), unit: Unit::BytesPerSecond, series }
    }

    #[test]
    fn what_is_named_by_others_is_no_markup() {
        let svg = curve(&[1e6, 2e9]).to_svg();
        assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script>"), "{svg}");
        assert!(svg.contains("a &amp; b") && svg.contains("&lt;KiB&gt;"), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 2);
    }

    #[test]
    fn a_plot_of_nothing_says_so() {
        for values in [&[][..], &[0.0]] {
            let svg = curve(values).to_svg();
            assert!(svg.contains("Nothing was measured"), "{svg}");
            assert!(!svg.contains("NaN"), "{svg}");
        }
    }

    #[test]
    fn places_lie_within_the_frame_and_greater_values_higher() {
        let scale = Scale::new(1e3, 1e9, 4);
        assert!(scale.y(1e9) < scale.y(1e3));
        assert!(scale.y(1e9) >= TOP && scale.y(1e3) <= HEIGHT - BOTTOM);
        assert!(scale.x(0) > LEFT && scale.x(3) < WIDTH - RIGHT);
        assert!(scale.marks().len() <= MARKS_MAX, "{:?}", scale.marks());
        let one = Scale::new(5.0, 5.0, 1);
        assert_eq!(one.marks(), [5.0]);
    }
}
